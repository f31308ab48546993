/** How a text is shown. */
export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width?: number;
}
