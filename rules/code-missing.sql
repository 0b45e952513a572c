+++
id = "code-missing"
version = 1
name = "代码缺失或填错"
kind = "task"
priority = 8
due_working_days = 10
subject = "union"
law = "GB 32100-2015；《工会法》第十五条"
fingerprint = ["union_code_state", "employer_code_state", "uscc"]
reason = "“{name}”{problem}[，按匹配结果单位代码应为{uscc}（{employer_name}）]，请补正。"
closed = "代码已补正"

[[evidence]]
source = "unions"
facts = { "工会代码" = "union_code", "单位代码" = "employer_code", "单位名称" = "stated_employer" }

[[evidence]]
source = "enterprises"
facts = { "匹配单位" = "employer_name", "统一社会信用代码" = "uscc" }
+++
SELECT *,
  concat_ws('，',
    CASE union_code_state WHEN 'missing' THEN '没有工会统一社会信用代码（81开头）'
                          WHEN 'employer' THEN '工会代码一栏填的是单位代码'
                          WHEN 'unreadable' THEN '工会代码无法读取' END,
    CASE employer_code_state WHEN 'missing' THEN '没有填写单位代码' WHEN 'union' THEN '单位代码一栏填的是工会代码'
                             WHEN 'old' THEN '单位代码仍是旧的组织机构代码或注册号'
                             WHEN 'unreadable' THEN '单位代码无法读取' END) AS problem
FROM union_view
WHERE is_active AND population IN ('single', 'unknown')
  AND (union_code_state <> 'ok' OR (link_decision = 'linked' AND employer_code_state <> 'ok'))
