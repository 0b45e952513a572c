//! Forms (登记表) on paper, for everybody and every place.

use super::*;

both_engines! {
    async fn a_form_is_printed_of_what_is_in_sight_and_of_nothing_else(database: Database) {
        let city = City::on(database).await;
        let mut printed = 0;
        for walker in city.walkers().await {
            let mut client = Client::signed_in(&city.router, walker.login).await;
            let hidden = city.hidden(&walker.scope);
            let own = city.places.iter().find(|place| walker.scope.contains(Some(&place.path))).unwrap();
            let strange = hidden.iter().map(|(place, _)| (*place, true)).step_by(2);
            for (place, is_hidden) in strange.chain([(own, false)]) {
                for (kind, key) in [("unions", &place.union_id), ("members", &place.member_id)] {
                    let asked = client.get(&format!("/export/{kind}?format=sheet&key={key}")).await;
                    let answer = client.post(&format!("/export/{kind}"), &format!("format=sheet&key={key}&plain=no&reason={}", encoded("核对"))).await;
                    let may = answer.location.is_some();
                    assert_eq!(asked.status == StatusCode::OK, may, "{} {kind} {key}: what is offered is done", walker.login);
                    if is_hidden {
                        assert!(!may && [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&answer.status), "{} {kind} {key}: {}", walker.login, answer.status);
                        continue;
                    }
                    let Some(to) = answer.location else { continue };
                    let file = client.get(&to).await;
                    assert_eq!(file.status, StatusCode::OK, "{} {to}", walker.login);
                    let text = testkit::paper::pages(&file.bytes).concat();
                    assert!(text.contains(key.as_str()), "{} {kind} {key}: {text}", walker.login);
                    for mark in hidden.iter().flat_map(|(_, marks)| marks) {
                        assert!(!text.contains(mark), "{} {kind} {key} tells {mark}: {text}", walker.login);
                    }
                    for secret in city.places.iter().flat_map(|place| &place.secrets) {
                        assert!(!text.contains(secret.as_str()), "{} {kind} {key} shows {secret}", walker.login);
                    }
                    printed += 1;
                }
            }
        }
        assert!(printed >= 6, "{printed}");
    }
}
