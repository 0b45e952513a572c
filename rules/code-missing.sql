+++
id = "code-missing"
version = 2
name = "代码缺失或填错"
kind = "task"
priority = 8
due_working_days = 10
verify_due_working_days = 15
subject = "union"
law = "GB 32100-2015；《工会法》第十五条"
fingerprint = ["union_code_state", "employer_code_state", "uscc"]
reason = "“{name}”{problem}[，按匹配结果应为{right_code}（{right_name}）]，{todo}。"
closed = "代码已补正，或单位已由人工认定"

[[evidence]]
source = "unions"
facts = { "工会代码" = "union_code", "单位代码" = "employer_code", "单位名称" = "stated_employer" }

[[evidence]]
source = "enterprises"
facts = { "匹配单位" = "employer_name", "统一社会信用代码" = "uscc" }
+++
-- A union's own code is registered by somebody (a task); an employer's code is only copied, and the link supplies it: who
-- confirms the employer on the item has answered it, and a confirmed link (tier hand) is not asked about again. A valid code
-- of another firm contradicts the link and is to be verified.
WITH stated AS (
  SELECT * REPLACE (CASE WHEN link_tier = 'hand' THEN 'ok' ELSE employer_code_state END AS employer_code_state)
  FROM union_view
)
SELECT * REPLACE (enterprise_id AS candidate_id,
                  CASE WHEN employer_code_state <> 'ok' THEN employer_name END AS candidate_name),
  link_probability AS candidate_probability,
  link_evidence AS candidate_evidence,
  concat_ws('，',
    CASE union_code_state WHEN 'missing' THEN '没有工会统一社会信用代码（81开头）'
                          WHEN 'employer' THEN '工会代码一栏填的是单位代码'
                          WHEN 'unreadable' THEN '工会代码无法读取' END,
    CASE employer_code_state WHEN 'missing' THEN '没有填写单位代码'
                             WHEN 'union' THEN '单位代码一栏填的是工会代码'
                             WHEN 'old' THEN '单位代码仍是旧的组织机构代码或注册号'
                             WHEN 'unreadable' THEN '单位代码无法读取'
                             WHEN 'other' THEN '填写的单位代码不是匹配单位的代码' END) AS problem,
  CASE WHEN employer_code_state <> 'ok' THEN uscc END AS right_code,
  CASE WHEN employer_code_state <> 'ok' THEN employer_name END AS right_name,
  CASE WHEN employer_code_state = 'other' THEN '请核对是哪一家单位'
       WHEN union_code_state = 'missing' THEN '请办理登记后补正，尚未取得工会法人资格的请注明'
       WHEN union_code_state <> 'ok' THEN '请补正'
       ELSE '请核对，确认是同一单位的下一次比对自动办结' END AS todo,
  CASE WHEN employer_code_state = 'other' THEN 'verify' WHEN union_code_state = 'ok' THEN 'work' ELSE 'task' END AS kind,
  CASE WHEN employer_code_state = 'other' THEN 7 WHEN union_code_state = 'ok' THEN 9 ELSE 8 END AS priority
FROM stated
WHERE is_active AND population IN ('single', 'unknown')
  AND (union_code_state <> 'ok' OR (link_decision = 'linked' AND employer_code_state <> 'ok'))
