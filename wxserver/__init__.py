"""The server: WeChat edge, use cases, store and adapters around the domain in `bundles`."""
