use serde_json::json;

use super::*;

#[test]
fn a_request_is_written_and_read_as_the_real_agent_does() {
    let session = SessionTypeParameters {
        session_type: SessionType::Port,
        properties: json!({"localPortNumber": "6789", "portNumber": "9000", "type": "LocalPortForwarding"}),
    };
    let kms = KmsParameters {
        key_id: "arn:x".to_owned(),
        challenge: "AAAA".to_owned(),
    };
    let request = HandshakeRequest::new(&session, Some(&kms), None);
    let payload = request.to_bytes();
    assert_eq!(
        payload,
        r#"{"AgentVersion":"3.3.1000.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":{"Properties":{"localPortNumber":"6789","portNumber":"9000","type":"LocalPortForwarding"},"SessionType":"Port"}},{"ActionType":"KMSEncryption","ActionParameters":{"Challenge":"AAAA","KMSKeyId":"arn:x"}}]}"#
    );
    let read = HandshakeRequest::parse(&payload).unwrap();
    let actions: Vec<Action> = read
        .requested_client_actions
        .iter()
        .map(|action| action.read().unwrap())
        .collect();
    assert_eq!(
        actions,
        [Action::SessionType(session), Action::KmsEncryption(kms)]
    );
}

#[test]
fn a_response_of_the_real_plugin_is_read() {
    let text = br#"{"ClientVersion":"1.2.677.0","ProcessedClientActions":[
        {"ActionType":"SessionType","ActionStatus":1,"ActionResult":null,"Error":""},
        {"ActionType":"KMSEncryption","ActionStatus":1,"ActionResult":{"KMSCipherTextKey":"AAEC","KMSCipherTextHash":null},"Error":""}],"Errors":null}"#;
    let response = HandshakeResponse::parse(text).unwrap();
    assert_eq!(response.failure(), None);
    let kms = response.kms().unwrap().unwrap();
    assert_eq!(
        (kms.ciphertext, kms.challenge_acknowledgement),
        (vec![0, 1, 2], false)
    );
    assert_eq!(response.extensions, None);
}

#[test]
fn what_the_client_could_not_do_is_told() {
    let request = HandshakeRequest::parse(
        br#"{"AgentVersion":"9","RequestedClientActions":[{"ActionType":"Dance","ActionParameters":{}},{"ActionType":"SessionType","ActionParameters":{"SessionType":"Odd"}}]}"#,
    )
    .unwrap();
    let [dance, odd] = &request.requested_client_actions[..] else {
        panic!("two actions");
    };
    assert_eq!(
        (dance.read(), odd.read()),
        (Ok(Action::Unknown), Err(InvalidHandshake))
    );
    let processed = vec![
        ProcessedAction::unsupported(dance),
        ProcessedAction::failed(odd, "odd".to_owned()),
    ];
    let response = HandshakeResponse::new(processed, None);
    assert_eq!(response.failure().unwrap(), "Unsupported action Dance; odd");
    assert_eq!(response.errors.as_ref().map(Vec::len), Some(2));
    assert_eq!(HandshakeResponse::parse(&response.to_bytes()), Ok(response));
}

#[test]
fn the_fast_dialect_travels_beside_the_versions() {
    let session = SessionTypeParameters {
        session_type: SessionType::StandardStream,
        properties: Value::Null,
    };
    let request = HandshakeRequest::new(&session, None, Some(Extensions::ours()));
    let read = HandshakeRequest::parse(&request.to_bytes()).unwrap();
    assert_eq!(
        read.extensions.and_then(|extensions| extensions.fast()),
        Some(FastMode::OURS)
    );
    let response = HandshakeResponse::new(Vec::new(), Some(Extensions::ours()));
    let text: Value = serde_json::from_slice(&response.to_bytes()).unwrap();
    assert_eq!(text["Extensions"]["KagibanFast"]["Version"], json!(1));
    assert_eq!(text["Errors"], Value::Null);
}

#[test]
fn the_end_and_the_challenge_go_both_ways() {
    let complete = HandshakeComplete {
        handshake_time_to_complete: 2_650_925,
        customer_message: String::new(),
    };
    assert_eq!(
        complete.to_bytes(),
        r#"{"HandshakeTimeToComplete":2650925,"CustomerMessage":""}"#
    );
    assert_eq!(HandshakeComplete::parse(&complete.to_bytes()), Ok(complete));
    let challenge = EncryptionChallenge {
        challenge: vec![1, 2, 3],
    };
    assert_eq!(challenge.to_bytes(), r#"{"Challenge":"AQID"}"#);
    assert_eq!(EncryptionChallenge::parse(&challenge.to_bytes()), Ok(challenge));
    assert_eq!(
        EncryptionChallenge::parse(br#"{"Challenge":"%"}"#),
        Err(InvalidHandshake)
    );
    assert_eq!(
        HandshakeRequest::parse(&vec![b' '; MAX_BYTES + 1]),
        Err(InvalidHandshake)
    );
}
