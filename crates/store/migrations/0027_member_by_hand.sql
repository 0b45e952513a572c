-- Elements of a member that somebody has put right here: files leave them alone and are told so. Empty at first: what was put right
-- before has no mark and is as it was.
CREATE TABLE member_by_hand (
    member UUID NOT NULL,
    element TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (member, element)
);

-- 新就业形态群体 out of the row's object, so that the members of a group are found across unions. Most rows have none.
ALTER TABLE member ADD COLUMN gig_group TEXT;
UPDATE member SET gig_group = CASE
        WHEN extra LIKE '%"gig_group":"货车司机"%' THEN '货车司机'
        WHEN extra LIKE '%"gig_group":"网约车司机"%' THEN '网约车司机'
        WHEN extra LIKE '%"gig_group":"快递员"%' THEN '快递员'
        WHEN extra LIKE '%"gig_group":"外卖配送员"%' THEN '外卖配送员'
        WHEN extra LIKE '%"gig_group":"其他"%' THEN '其他'
    END
    WHERE extra LIKE '%"gig_group":"%';
CREATE INDEX member_gig_group ON member (gig_group, member_id, union_org_id) WHERE gig_group IS NOT NULL;
