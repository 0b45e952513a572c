+++
id = "link-verify"
version = 1
name = "单位匹配待核对"
kind = "verify"
priority = 6
due_working_days = 15
subject = "union"
law = "匹配概率未达到自动认定的标准"
fingerprint = ["candidate_id", "employer_code", "stated_employer"]
reason = "“{name}”的单位可能是“{candidate_name}”，匹配概率{link_probability:percent}，未达到自动认定的标准，请核对单位名称、代码和职工参保情况后确认或否定。"
closed = "匹配关系已确定"

[[evidence]]
source = "unions"
facts = { "单位名称" = "stated_employer", "单位代码" = "employer_code", "登记地" = "place" }

[[evidence]]
source = "enterprises"
facts = { "候选单位" = "candidate_name", "统一社会信用代码" = "candidate_uscc" }
+++
SELECT *,
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence
FROM union_view
WHERE is_active AND link_decision = 'verify' AND candidate_id IS NOT NULL
