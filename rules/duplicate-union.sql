+++
id = "duplicate-union"
version = 1
name = "疑似重复工会"
kind = "verify"
priority = 7
due_working_days = 10
subject = "union"
law = "《工会法》第十一条、第十二条"
fingerprint = ["keeper_id", "unions_at_employer"]
reason = "“{name}”[（{founded}建会，会员{members}人）]与“{keeper_name}”同属一个单位[（{employer_name}）]，该单位共有{unions_at_employer}个工会在册，请核实是否为同一工会在两个上级下重复登记，确属重复的保留一个并补第二隶属关系。"
closed = "该单位已没有重复的工会"
numbers = ["unions_at_employer", "members"]

[[evidence]]
source = "unions"
count = "unions_at_employer"
facts = { "保留的工会" = "keeper_name", "单位" = "employer_name", "名称相同" = "same_name_as_keeper" }
+++
SELECT * REPLACE (enterprise_id AS candidate_id, employer_name AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence,
  CASE WHEN same_name_as_keeper THEN 'task' ELSE 'verify' END AS kind,
  CASE WHEN same_name_as_keeper THEN 6 ELSE 7 END AS priority
FROM union_view
WHERE is_active AND unions_at_employer > 1 AND keeper_id <> union_id
