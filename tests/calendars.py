"""Notices that nobody has published, of the country for 2027 and of one city: for tests of what happens when one is."""

NOTICE_2027 = """
version = "cn-2027.test"
published_through = 2027-12-31

[[holidays]]
reason = "元旦"
notice = "国办发明电〔2026〕8号"
off = [2027-01-01, 2027-01-04]
work = [2027-01-09]

[[holidays]]
reason = "春节"
notice = "国办发明电〔2026〕8号"
off = [2027-02-05, 2027-02-08, 2027-02-09, 2027-02-10, 2027-02-11, 2027-02-12]
work = [2027-01-31, 2027-02-20]

[[holidays]]
reason = "清明节"
notice = "国办发明电〔2026〕8号"
off = [2027-04-05]

[[holidays]]
reason = "劳动节"
notice = "国办发明电〔2026〕8号"
off = [2027-05-03, 2027-05-04, 2027-05-05]
work = [2027-05-08]

[[holidays]]
reason = "端午节"
notice = "国办发明电〔2026〕8号"
off = [2027-06-09]

[[holidays]]
reason = "中秋节"
notice = "国办发明电〔2026〕8号"
off = [2027-09-15]

[[holidays]]
reason = "国庆节"
notice = "国办发明电〔2026〕8号"
off = [2027-10-01, 2027-10-04, 2027-10-05, 2027-10-06, 2027-10-07]
work = [2027-09-26, 2027-10-09]
"""

LOCAL = """
version = "jieyang.1"
scope = "4452"
[[holidays]]
reason = "地方节日"
notice = "粤府〔2026〕9号"
issuer = "广东省人民政府"
off = [2026-12-25]
[[holidays]]
reason = "搬迁"
notice = "揭人社函〔2026〕30号"
issuer = "揭阳市人力资源和社会保障局"
kind = "operational"
off = [2026-12-24]
"""
