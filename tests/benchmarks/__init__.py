"""What our hot paths cost beside peers and floors: `python -m tests.benchmarks`. Ratios of one run, no pass or fail.

Every contestant of a group is up at once. Short slices of load rotate over all of them, the ratio is formed inside each
rotation, and the table shows its median and quartiles: a machine that is slow for a while is slow for all of them.
"""
