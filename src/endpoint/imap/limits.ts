/** Messages of one batch, and octets of their bodies; what is larger goes alone, and by way of the disk beyond `wholeBytes`. */
export const batchItems = 100;
export const batchBytes = 4 * 1024 * 1024;
export const wholeBytes = 12 * 1024 * 1024;
