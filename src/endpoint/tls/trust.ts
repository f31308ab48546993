import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";

/** What a client shows of itself, PEM. */
interface Own {
  readonly cert: string;
  readonly key: string;
}

const contexts = new Map<string, SecureContext>();

/**
 * Who is trusted: the usual authorities, and one beside them, PEM. Node reads every authority that it is given anew for each connection,
 * which takes more than all the rest of opening one; a context is read once, and serves them all.
 */
export function trusting(ca: string, own?: Own): SecureContext {
  const key = JSON.stringify([ca, own?.cert, own?.key]);
  const known = contexts.get(key) ?? createSecureContext({ ca: [...rootCertificates, ca], ...own });
  contexts.set(key, known);
  return known;
}
