/** Where an administrator grants what an application may do. */
export const permissionsPage =
  "https://entra.microsoft.com, Identity > Applications > App registrations > API permissions";
