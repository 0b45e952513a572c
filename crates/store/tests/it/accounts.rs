//! Accounts and sessions come back as they were put in.

use codes::id::{AccountId, SessionId};
use codes::time::Timestamp;
use domain::accounts::{Account, Reach, Role, Session};
use domain::scope::Scope;
use store::accounts::AccountFilter;
use store::list_query::{Direction, Page};
use uuid::Uuid;

fn account(nth: u128, role: Role) -> Account {
    Account {
        id: AccountId::from_uuid(Uuid::from_u128(nth)),
        login: format!("login{nth}"),
        name: format!("姓名{nth}"),
        role,
        union_id: None,
        union_name: None,
        path: None,
        reach: Reach::Branch,
        named: Vec::new(),
        must_change_password: true,
        password_set_at: Timestamp(5),
        has_second_factor: false,
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
        last_sign_in_at: None,
        created_at: Timestamp(5),
        changed_at: Timestamp(5),
    }
}

both_engines! {
    async fn an_account_comes_back_as_it_was(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        let made = account(1, Role::SecurityAdministrator);
        tx.add_account(&made, "hash").await.unwrap();
        assert_eq!(tx.account(made.id).await.unwrap(), Some(made.clone()));
        let changed = Account {
            name: "新名".into(),
            failed_count: 2,
            locked_until: Some(Timestamp(99)),
            disabled_at: Some(Timestamp(98)),
            last_sign_in_at: Some(Timestamp(97)),
            changed_at: Timestamp(100),
            ..made
        };
        tx.save_account(&changed).await.unwrap();
        assert_eq!(tx.account_by_login("login1").await.unwrap(), Some(changed.clone()));
        assert_eq!(tx.account_by_login("LOGIN1").await.unwrap(), None);
        assert_eq!(tx.count_wrong_password(changed.id).await.unwrap(), 3);
        tx.set_password(changed.id, "other", false, 5, Timestamp(101)).await.unwrap();
        assert_eq!(tx.password_hash(changed.id).await.unwrap().as_deref(), Some("other"));
        let after = tx.account(changed.id).await.unwrap().unwrap();
        assert_eq!((after.failed_count, after.locked_until, after.must_change_password), (0, None, false));
        assert_eq!(after.password_set_at, Timestamp(101));
        for nth in 102..110 {
            tx.set_password(changed.id, &format!("p{nth}"), false, 3, Timestamp(nth)).await.unwrap();
        }
        assert_eq!(tx.former_passwords(changed.id, 9).await.unwrap(), ["p108", "p107", "p106"]);
        tx.commit().await.unwrap();
    }

    async fn a_login_is_taken_once(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        tx.add_account(&account(1, Role::SecurityAdministrator), "hash").await.unwrap();
        let again = Account { id: AccountId::from_uuid(Uuid::from_u128(2)), ..account(1, Role::Auditor) };
        let refused = tx.add_account(&again, "hash").await.unwrap_err();
        assert!(refused.is_conflict_on("account", &["login"]), "{refused}");
    }

    async fn lists_filter_sort_and_count(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        for nth in 1..=5 {
            tx.add_account(&account(nth, if nth == 3 { Role::Auditor } else { Role::SecurityAdministrator }), "h").await.unwrap();
        }
        let by_login = ("login", Direction::Descending);
        let all = AccountFilter::default();
        let (rows, total) = tx.account_list(&Scope::Everything, &all, by_login, Page::number(1, 2)).await.unwrap();
        assert_eq!((rows[0].login.as_str(), rows[1].login.as_str(), total), ("login5", "login4", 5));
        let auditors = AccountFilter { role: Some(Role::Auditor), text: Some("姓名".into()), is_disabled: Some(false) };
        let (rows, total) = tx.account_list(&Scope::Everything, &auditors, by_login, Page::ALL).await.unwrap();
        assert_eq!((rows.len(), total), (1, 1));
        let (rows, total) = tx.account_list(&Scope::Nothing, &all, ("drop table", Direction::Ascending), Page::ALL).await.unwrap();
        assert_eq!((rows.len(), total), (0, 0));
        assert_eq!(tx.account_count(Role::SecurityAdministrator).await.unwrap(), 4);
    }

    async fn sessions_end_one_by_one_or_all(database: Database) {
        let mut tx = database.store.begin().await.unwrap();
        let owner = account(1, Role::SecurityAdministrator);
        tx.add_account(&owner, "h").await.unwrap();
        let session = |nth: u8| Session {
            id: SessionId::from_uuid(Uuid::from_u128(u128::from(nth))),
            account_id: owner.id,
            created_at: Timestamp(1),
            seen_at: Timestamp(i64::from(nth)),
            expires_at: Timestamp(1_000),
            ended_at: None,
            address: Some("127.0.0.1".into()),
            user_agent: None,
            delegation_id: None,
            way: domain::identity::SignInWay::Password,
        };
        for nth in 1..=3 {
            tx.add_session(&session(nth), &[nth; 32]).await.unwrap();
        }
        assert_eq!(tx.session_by_token(&[2; 32]).await.unwrap(), Some(session(2)));
        assert_eq!(tx.session_by_token(&[9; 32]).await.unwrap(), None);
        tx.touch_session(session(1).id, Timestamp(50)).await.unwrap();
        let open = tx.sessions_of(owner.id, Timestamp(60)).await.unwrap();
        assert_eq!(open.iter().map(|one| one.seen_at.0).collect::<Vec<_>>(), [50, 3, 2]);
        assert!(tx.end_session(session(2).id, owner.id, Timestamp(61)).await.unwrap());
        assert!(!tx.end_session(session(2).id, owner.id, Timestamp(62)).await.unwrap());
        assert_eq!(tx.end_sessions(owner.id, Some(session(1).id), Timestamp(63)).await.unwrap(), 1);
        assert_eq!(tx.sessions_of(owner.id, Timestamp(64)).await.unwrap().len(), 1);
        assert_eq!(tx.forget_sessions(Timestamp(2_000)).await.unwrap(), 3);
    }
}
