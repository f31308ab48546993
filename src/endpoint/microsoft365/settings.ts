import type { Microsoft365EndpointSpec } from "../../model/spec.ts";

/** Where the services of a cloud are. */
export interface Services {
  /** With the version, and without a slash at its end. */
  readonly graph: string;
  readonly login: string;
  readonly outlook: string;
  /** A URL of IMAP. */
  readonly imap: string;
}

const world: Services = {
  graph: "https://graph.microsoft.com",
  login: "https://login.microsoftonline.com",
  outlook: "https://outlook.office365.com",
  imap: "imaps://outlook.office365.com",
};

/** The global cloud's services, where the manifest names no others. */
export function servicesOf({ services = {} }: Pick<Microsoft365EndpointSpec, "services">): Services {
  const of = (name: keyof Services): string => (services[name] ?? world[name]).replace(/\/+$/, "");
  return { graph: of("graph"), login: of("login"), outlook: of("outlook"), imap: of("imap") };
}
