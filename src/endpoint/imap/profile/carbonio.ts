import type { Profile } from "./profile.ts";
import { zimbra } from "./zimbra.ts";

/** Carbonio's mailbox server is Zimbra's, grown further: same words, same quirks. Its code still names itself so in IMAP. */
export const carbonio = {
  ...zimbra,
  key: "carbonio",
  title: "Carbonio",
  server: [],
  limits: {
    messageSize: {
      value: 100 * 1024 * 1024,
      source:
        "https://github.com/zextras/carbonio-mailbox/blob/devel/store/src/main/java/com/zimbra/cs/imap/ImapConfig.java",
      sure: "documented",
    },
  },
  quirks: [
    ...zimbra.quirks,
    {
      code: "carbonio.named-zimbra",
      says: "It is not told from Zimbra by what it says over IMAP.",
      means: "Name the provider where it matters to you; for IMAP it makes no difference.",
      matters: "both",
      source:
        "https://github.com/zextras/carbonio-mailbox/blob/devel/store/src/main/java/com/zimbra/cs/imap/ImapHandler.java",
      sure: "secondhand",
    },
  ],
} satisfies Profile;
