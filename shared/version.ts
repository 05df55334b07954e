/** The version of genkitd. */
export const VERSION = "0.1.0";
