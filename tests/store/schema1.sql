PRAGMA application_id = 1128354372;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE card_keys (
        seq INTEGER PRIMARY KEY REFERENCES sealed_cards,
        master TEXT NOT NULL,
        wrapped BLOB NOT NULL
    ) STRICT
    ;
INSERT INTO "card_keys" VALUES(2,'44e7dc2ef8999faf',X'7732CE6ED12B2A2C4DE48A015D8DD406B5A161D7967DC211676F176865E87AD6B6B1837051F3DD2B878AD19514E7E8089D2948731151819724034564');
INSERT INTO "card_keys" VALUES(9,'44e7dc2ef8999faf',X'B900E76D452C9FE2F7D428654D98486CB4B20097765088B721D8C65FFCD8931F1AFC9FF5FB69270144F9D32E2B8E145533010C21AB432B8859B98BFD');
INSERT INTO "card_keys" VALUES(13,'44e7dc2ef8999faf',X'A0254F7D45687FB4057F29EEE76DA623EE354676BBFD0CC892C2D5ADF0E9B52F129CA8409A72D57B31C0F1C6C83D2BDF41A6DE4E61D217D52D3B6AB4');
INSERT INTO "card_keys" VALUES(18,'44e7dc2ef8999faf',X'581F76F6A24040A962E4550E5258DC134FC1643FA43AD0CCCC186A8838546D797244F32E5C99B5A9D2BFAA40CC19314833AB833FF9365B9974540F19');
INSERT INTO "card_keys" VALUES(33,'44e7dc2ef8999faf',X'7185643697B2881610D77729575CC5D3E20E2C1E161AD29B997CE332EBC280BDBFA62980C260D7A1D906CD182B8B08179FBA172BB9740DB2A1F115F9');
CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        txn INTEGER NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT
    ;
INSERT INTO "events" VALUES(1,1,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":"till-1"}',X'005C12147D74D5653FA579174B41CAE645F8F89CF0B4885D135344F7A6D22C1F');
INSERT INTO "events" VALUES(2,1,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"9d635a1e2e0d467e35e435ac89d7d2d998d79e403ff3b557e30ebbd987d73267"}',X'A396815B5CE3E5F16BC3901097EF9FDC218F650F826E105A821079E157C1C4F0');
INSERT INTO "events" VALUES(3,1,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":1,"host":"acquirer.test:8583"}',X'3BA60089E793F91F23ADA65BFF7A67A89B52D81F0C828D8F831B943372FE5624');
INSERT INTO "events" VALUES(4,1,'{"type":"host_answer","at":"2026-03-14T12:00:03Z","verdict":"approved","code":"00","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"contact":true}',X'4ABC2F84D0457153989EDB4DA49D45B8629CD44B029A8EE17E4408E4EBF5DFF7');
INSERT INTO "events" VALUES(5,1,'{"type":"card_result","at":"2026-03-14T12:00:04Z","accepted":true,"reason":null,"cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"first":false}',X'57997BF0BE6152FBDF1AAA3EF0DBA6A242C3A6039E356F5CDFDBD7E9CBB56563');
INSERT INTO "events" VALUES(6,1,'{"type":"receipt_owed","at":"2026-03-14T12:00:05Z","copies":["merchant","customer"]}',X'DB7B146ED8C53CDE0FB0382BD6785313E4009A7A42EF75E8E8069F2A3257617E');
INSERT INTO "events" VALUES(7,1,'{"type":"receipt_printed","at":"2026-03-14T12:00:06Z","copies":["merchant","customer"]}',X'D92E5E9525F21CFBB914445AE595AD29297261F35FF0204EC073AFD8EEBEBF46');
INSERT INTO "events" VALUES(8,2,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":"till-2"}',X'F96D3EEEBF6FD02D41D5ED22E95DA5C3D6A1AA4A4CB20A7D57DD66FB01CA182A');
INSERT INTO "events" VALUES(9,2,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"a2a305c6e39db202b48e648c57ac9d359bce7e5af5fe63854ddef830f24a448b"}',X'58A1D25BB9C2FAB26B06F47AEACED40DB2977D91C7E63BD73F6ABA702925984E');
INSERT INTO "events" VALUES(10,2,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":2,"host":"acquirer.test:8583"}',X'CF8616FFCC83A7EB04F243367A10ABFD63DFAA2B80E2AC5000B15184A783FB41');
INSERT INTO "events" VALUES(11,2,'{"type":"restarted","at":"2026-03-14T12:00:09Z"}',X'9DD100128144F007FD80E56C5ED23CB0C9FCF7B1A3187C3665CF9CFF8AD4DF61');
INSERT INTO "events" VALUES(12,3,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":null}',X'ACCD900004DB4BAEF3C1D7F9F5FDDCD6995FE6B188EF8A127A24A343B30492BD');
INSERT INTO "events" VALUES(13,3,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"6adda337b3cb8aca7c09ba8a3bed91b31b6a09c71d04f2e322f79b56cafe7f95"}',X'A0205121B5CA1CF0DA33B892709C7B671A5B0B90F0736712CEEFF07EC4D81473');
INSERT INTO "events" VALUES(14,3,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":3,"host":"acquirer.test:8583"}',X'E2F16C11E821BD567831860D9CE75213343907B67D0CDF8DFD10E7DA178B23B9');
INSERT INTO "events" VALUES(15,3,'{"type":"host_answer","at":"2026-03-14T12:00:03Z","verdict":"declined","code":"05","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"contact":true}',X'5AF70654F1ACD11CDB9AC1B9E002A5A5E5E3A4B1C37ADB8946DA3512DFA1CF64');
INSERT INTO "events" VALUES(16,3,'{"type":"receipt_owed","at":"2026-03-14T12:00:05Z","copies":["declined"]}',X'61A19AA10036568D98267849F52960F8ABAB88938748667D94A0CCDCE2DE7078');
INSERT INTO "events" VALUES(17,4,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":null}',X'8F218A5734BBD33CBFA2F021EFC990D40A3D5610B03C796D0A5BB39BE6F6F23E');
INSERT INTO "events" VALUES(18,4,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"fa520e43b2a3fdcba8da99939be9d509c67b809dba664793b794e3cc0661d216"}',X'9171966374F3767B801DDA5710B8CAB1E2489780015DB0C48DD857AB1EBCF815');
INSERT INTO "events" VALUES(19,4,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":4,"host":"acquirer.test:8583"}',X'D092BA1C2419792D8A002D1BD5167E44241FE3C3761F78E2A0A962441BB041D7');
INSERT INTO "events" VALUES(20,4,'{"type":"not_sent","at":"2026-03-14T12:00:03Z","why":"connection refused"}',X'605516DE841324C5D71488CC509DA167EEC7D671734651B7E26E5309C760BDB0');
INSERT INTO "events" VALUES(21,4,'{"type":"card_result","at":"2026-03-14T12:00:04Z","accepted":false,"reason":"card_declined","cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"first":false}',X'482324C670385459F595CAEFFBC6CDC0F4BB2070A4834335A6488554B077E520');
INSERT INTO "events" VALUES(22,5,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":null}',X'4DFDDC6A3B04FF1A423A402E4B4B3CE3558672EBF5D3A26CB05245954E3FF9FB');
INSERT INTO "events" VALUES(23,5,'{"type":"withdrawn","at":"2026-03-14T12:00:02Z","reason":"cancelled"}',X'CA30BF19CE1BE3D51333AF65D740BC2F97FB97E0A54E106429CA0EE47D4D53F0');
INSERT INTO "events" VALUES(24,6,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":null}',X'B544E93D5D3AB9383812A6A6C1245E4CB56EE53B44DB83393CA6586054B9697A');
INSERT INTO "events" VALUES(25,6,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"4ba369c84d5cd1922971f33a8a71ba53f231bf3172915998787c9b3780e03fba"}',X'13A7900B96E03A62A2F2156B0203CFC4E2F200DD38C329E36FAAF7776743E62F');
INSERT INTO "events" VALUES(26,6,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":5,"host":"acquirer.test:8583"}',X'4E478E17C801B34CA1704835D68EB53DF7DB3702B3E5DB2410566444171424C9');
INSERT INTO "events" VALUES(27,6,'{"type":"host_answer","at":"2026-03-14T12:00:03Z","verdict":"approved","code":"00","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"contact":true}',X'76DA6A90AA60DDB327526E2A2AA1547150E24AF842EAF9BEA596228316F4B876');
INSERT INTO "events" VALUES(28,6,'{"type":"card_result","at":"2026-03-14T12:00:04Z","accepted":true,"reason":null,"cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"first":false}',X'644E7EB70070FF3825FCE57890AD45762120A2EBEB22359770F12FAD7A486A4A');
INSERT INTO "events" VALUES(29,6,'{"type":"receipt_owed","at":"2026-03-14T12:00:05Z","copies":["merchant","customer"]}',X'836FA4E242E1A47102A560B2D1B523A895D4BCFC06D5AF627EA2CE37FADFC6E7');
INSERT INTO "events" VALUES(30,6,'{"type":"receipt_printed","at":"2026-03-14T12:00:06Z","copies":["merchant","customer"]}',X'CF1CEDBE52FC5FE334B5C636D0A7170B0E442ED672A51539EB294D847733DAD9');
INSERT INTO "events" VALUES(31,6,'{"type":"card_data_erased","at":"2026-03-14T12:00:20Z","sealed":"4ba369c84d5cd1922971f33a8a71ba53f231bf3172915998787c9b3780e03fba"}',X'CDFAD1BAB394E7C80EA23D4092258754212ADFCF9E87670550B3E6E407779650');
INSERT INTO "events" VALUES(32,7,'{"type":"started","at":"2026-03-14T12:00:00Z","kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","reference":"till-3"}',X'23D2137B827CE3E09B94C32853B13A2E830387CD4BD7331BD800CFFCB6CF3D82');
INSERT INTO "events" VALUES(33,7,'{"type":"card_read","at":"2026-03-14T12:00:01Z","entry":"chip","card":"622202******0007","issuer":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"sealed":"0a94c545af034893b7f2e163fe2484cea2af41ac4ed4836f5cca6cd1d4f1dd2f"}',X'31B863CD13C1F01D6F40EFED64A87F447C06D4DFBFA5C87512ADA990E7A49A79');
INSERT INTO "events" VALUES(34,7,'{"type":"intent","at":"2026-03-14T12:00:02Z","stan":6,"host":"acquirer.test:8583"}',X'ACC52E468B5902E9A50F9050977E796EBC2526393F6CB92AE6A8D721BF50DB21');
CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "meta" VALUES('batch',1);
INSERT INTO "meta" VALUES('stan',6);
CREATE TABLE sealed_cards (
        seq INTEGER PRIMARY KEY REFERENCES events,
        data BLOB NOT NULL
    ) STRICT
    ;
INSERT INTO "sealed_cards" VALUES(2,X'0379CFE368967489014F79A8FE09BC658B56DABDE7B0CDA95E773168CCB319DFDCCCB3D00C86EA1BBBD6D3639B16736E730713E72565A4FA74');
INSERT INTO "sealed_cards" VALUES(9,X'A32EE697598B6F713F5623C7414995B8D0B6513412CBEC0F61FAE971418BA808DE99226AC0533D99F276097B6AA1537F4FC98E5E0C39DA0C93');
INSERT INTO "sealed_cards" VALUES(13,X'5DE3BA22F510FA4A7AF19621A5896AB8849EFB7B936C0231F2AF93DBB92C392C37F2F049CFC607C6DFE9E8E981B79F3AF591044DEE76EDBB22');
INSERT INTO "sealed_cards" VALUES(18,X'AC044C2F333021FBD9914DDA2851527DB097AEEF10844B64A0D9715C37B24A9228AB67DBA88AED733F6FAD96AF8C3BC6BB29F2E28B1F49AECA');
INSERT INTO "sealed_cards" VALUES(25,X'AA1CD91F5F825A12B09180E46F8F8E0A989FC63AB8AA125044D14E560B37998F2FB08067DE7B02C27D671898FDF1A4A427FFE69B2D4E7EEEA1');
INSERT INTO "sealed_cards" VALUES(33,X'324F6A8C01E2B9D06AFCF6C045E6358BC57BA02926F654DD618601BDC95E4D7B5D707EF5D1487D0CF58E8E5B06273AB1E4F942C8607018AB75');
CREATE TABLE transactions (
        txn INTEGER PRIMARY KEY,
        record TEXT NOT NULL,
        state TEXT AS (json_extract(record, '$.state')),
        batch INTEGER AS (json_extract(record, '$.batch')),
        stan INTEGER AS (json_extract(record, '$.stan')),
        reference TEXT AS (json_extract(record, '$.reference')),
        slips INTEGER AS (json_array_length(record, '$.receipts_owed'))
    ) STRICT
    ;
INSERT INTO "transactions" VALUES(1,'{"txn":1,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:06Z","state":"approved","reference":"till-1","reason":null,"entry":"chip","card":"622202******0007","issuer":null,"sealed":"9d635a1e2e0d467e35e435ac89d7d2d998d79e403ff3b557e30ebbd987d73267","stan":1,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":"00","verdict":"approved","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":[],"receipts_printed":["merchant","customer"]}');
INSERT INTO "transactions" VALUES(2,'{"txn":2,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:09Z","state":"reversing","reference":"till-2","reason":"restarted","entry":"chip","card":"622202******0007","issuer":null,"sealed":"a2a305c6e39db202b48e648c57ac9d359bce7e5af5fe63854ddef830f24a448b","stan":2,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":null,"verdict":null,"auth_code":null,"rrn":null,"host_time":null,"cvm":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":[],"receipts_printed":[]}');
INSERT INTO "transactions" VALUES(3,'{"txn":3,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:05Z","state":"declined","reference":null,"reason":"host_declined","entry":"chip","card":"622202******0007","issuer":null,"sealed":"6adda337b3cb8aca7c09ba8a3bed91b31b6a09c71d04f2e322f79b56cafe7f95","stan":3,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":"05","verdict":"declined","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"cvm":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":["declined"],"receipts_printed":[]}');
INSERT INTO "transactions" VALUES(4,'{"txn":4,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:04Z","state":"declined","reference":null,"reason":"no_host","entry":"chip","card":"622202******0007","issuer":null,"sealed":"fa520e43b2a3fdcba8da99939be9d509c67b809dba664793b794e3cc0661d216","stan":4,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":null,"verdict":null,"auth_code":null,"rrn":null,"host_time":null,"cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":[],"receipts_printed":[]}');
INSERT INTO "transactions" VALUES(5,'{"txn":5,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:02Z","state":"withdrawn","reference":null,"reason":"cancelled","entry":null,"card":null,"issuer":null,"sealed":null,"stan":null,"host":null,"requested_at":null,"code":null,"verdict":null,"auth_code":null,"rrn":null,"host_time":null,"cvm":null,"chip":null,"receipts_owed":[],"receipts_printed":[]}');
INSERT INTO "transactions" VALUES(6,'{"txn":6,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:20Z","state":"approved","reference":null,"reason":null,"entry":"chip","card":"622202******0007","issuer":null,"sealed":null,"stan":5,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":"00","verdict":"approved","auth_code":"A1B2C3","rrn":"607312000345","host_time":null,"cvm":"none","chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":[],"receipts_printed":["merchant","customer"]}');
INSERT INTO "transactions" VALUES(7,'{"txn":7,"kind":"sale","amount":{"minor":1234,"currency":"CNY"},"batch":1,"terminal_id":"10203040","merchant_id":"898310058120001","operator":"01","started_at":"2026-03-14T12:00:00Z","updated_at":"2026-03-14T12:00:02Z","state":"in_flight","reference":"till-3","reason":null,"entry":"chip","card":"622202******0007","issuer":null,"sealed":"0a94c545af034893b7f2e163fe2484cea2af41ac4ed4836f5cca6cd1d4f1dd2f","stan":6,"host":"acquirer.test:8583","requested_at":"2026-03-14T12:00:02Z","code":null,"verdict":null,"auth_code":null,"rrn":null,"host_time":null,"cvm":null,"chip":{"aid":"A000000333010101","label":"UnionPay Debit","cryptogram":"","cid":"","tvr":"0000008000","tsi":"E800","cvm_results":"","arc":"","atc":""},"receipts_owed":[],"receipts_printed":[]}');
CREATE INDEX events_of_txn ON events (txn);
CREATE TRIGGER events_insert BEFORE INSERT ON events
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
    BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
CREATE TRIGGER events_update BEFORE update ON events
    BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
CREATE TRIGGER events_delete BEFORE delete ON events
    BEGIN SELECT RAISE(ABORT, 'events are only appended'); END;
CREATE INDEX transactions_state ON transactions (state);
CREATE INDEX transactions_stan ON transactions (stan) WHERE stan IS NOT NULL;
CREATE UNIQUE INDEX transactions_reference ON transactions (reference)
    WHERE reference IS NOT NULL
    ;
CREATE INDEX transactions_slips ON transactions (txn) WHERE slips > 0;
COMMIT;
