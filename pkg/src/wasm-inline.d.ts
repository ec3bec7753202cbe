/** The WebAssembly module's bytes, decoded anew at every call. The build generates `./wasm-inline.js`. */
export function wasmBytes(): Uint8Array<ArrayBuffer>
