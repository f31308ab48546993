/** The law of item stores over the Gmail API, by both ways in. */
import { itemStoreContract } from "../contract/item-store.ts";
import { mailSubject } from "./google-mail.ts";

itemStoreContract("google (insert)", () => mailSubject());
itemStoreContract("google (import)", () => mailSubject({ mail: { method: "import" } }));
