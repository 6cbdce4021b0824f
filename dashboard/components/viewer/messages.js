// What the server sends: uint32 length of a JSON header, little-endian; the header; a body of raw values.

export function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = fields.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, body: bytes.slice(4 + length).buffer };
}
