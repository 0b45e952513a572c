+++
id = "employer-moved"
version = 1
name = "单位已迁移"
kind = "verify"
priority = 6
due_working_days = 30
verify_due_working_days = 15
subject = "union"
law = "《工会法》第十二条"
fingerprint = ["enterprise_id", "employer_status_class", "employer_county", "employer_town"]
reason = "“{name}”登记在{place}，其单位{employer_name}{moved}，请核实后调整工会隶属关系或片区责任人。"
closed = "单位登记地与工会登记地已一致"
numbers = ["members"]

[[evidence]]
source = "enterprises"
facts = { "单位" = "employer_name", "登记状态" = "employer_status", "登记地" = "employer_place" }

[[evidence]]
source = "unions"
facts = { "工会登记地" = "place", "建会日期" = "founded" }
+++
SELECT * REPLACE (enterprise_id AS candidate_id, employer_name AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence,
  CASE WHEN employer_status_class = 'moved_out' THEN '登记状态为“' || employer_status || '”，已迁出本市'
       WHEN employer_county <> county THEN '现登记在' || employer_place || '，已跨区县迁移'
       ELSE '现登记在' || employer_place || '，与工会不在同一街道乡镇' END AS moved,
  CASE WHEN employer_status_class = 'moved_out' THEN 'task' ELSE 'verify' END AS kind,
  CASE WHEN employer_status_class = 'moved_out' THEN 4 WHEN employer_county <> county THEN 5 ELSE 7 END AS priority
FROM union_view
WHERE is_active AND link_decision = 'linked' AND population IN ('single', 'unknown')
  AND (employer_status_class = 'moved_out'
       OR (employer_status_class = 'in_business'
           AND ((county IS NOT NULL AND employer_county <> county)
                OR (employer_county = county AND town IS NOT NULL AND employer_town <> town))))
