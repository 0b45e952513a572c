//! The accounts of a demo city come with a zone for every town, and a second time changes nothing.

use app::demo::accounts;
use app::zone::{ZoneParams, zone, zones};
use testkit::{TestApp, both_engines};

use crate::union_change::town;

both_engines! {
    async fn every_town_of_a_demo_with_unions_has_a_zone_with_its_field_worker(database: Database) {
        let test = TestApp::on(database).await;
        town(&test).await;
        let (op, app) = (test.system(), &test.app);
        let made = accounts(&op, app).await.unwrap();
        let workers = made.accounts.iter().filter(|one| one.role == "片区专职工作者");
        assert_eq!(workers.count(), 2, "one for each of two towns");
        let asked = ZoneParams { size: 50, ..ZoneParams::default() };
        let listed = zones(&op, app, &asked).await.unwrap();
        assert_eq!(listed.lines.len(), 1, "the other town has no union that could lie in a zone");
        let first = zone(&op, app, listed.lines[0].id, 1, 50).await.unwrap();
        assert!(first.line.worker.is_some());
        assert!(first.total > 0);
        assert!(first.unions.iter().all(|union| union.name != first.line.ground.as_ref().unwrap().1), "not the town's own");

        let again = accounts(&op, app).await.unwrap();
        assert_eq!(again, made);
        assert_eq!(zones(&op, app, &asked).await.unwrap().lines, listed.lines);
    }
}
