/* eslint-disable @typescript-eslint/no-explicit-any */
export type paths = any
export type components = any
