/** The law of item stores over Exchange's export and import, by the stand-in for Microsoft 365. */
import { itemStoreContract } from "../contract/item-store.ts";
import { transferSubject } from "./microsoft365-transfer.ts";

itemStoreContract("microsoft365 (transfer)", () => transferSubject());
