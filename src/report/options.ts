/** How a text is shown. */
export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width?: number;
  /** Names whom an error or a warning is about, also where it is about many. */
  readonly everybody?: boolean;
}
