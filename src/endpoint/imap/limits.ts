/** Messages of one batch, and octets of their bodies; what is larger goes alone, by way of the disk. */
export const batchItems = 100;
export const batchBytes = 4 * 1024 * 1024;
