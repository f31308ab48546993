import type { MailAccount } from "./mail.ts";

/** Yields at once, then whenever the account has changed since; changes that come together are one. Ends when the signal fires. */
export async function* watchAccount(account: MailAccount, signal: AbortSignal): AsyncGenerator<void> {
  while (!signal.aborted) {
    const { modseq } = account;
    yield;
    if (account.modseq === modseq) await nextChange(account, signal);
  }
}

function nextChange({ watchers }: MailAccount, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      watchers.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    watchers.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    if (signal.aborted) wake();
  });
}
