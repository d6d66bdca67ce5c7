// SPDX-License-Identifier: BSD-3-Clause
// Reads Parquet files by parquet-wasm: node read.mjs FOLDER_OF_NODE_MODULES FILE...
// A line of JSON a file: {"file": ..., "rows": N, "columns": {NAME: [TYPE, VALUES, SUM]}}; SUM, of texts, is of their lengths.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const parquet = require("parquet-wasm");
const arrow = require("apache-arrow");

for (const file of process.argv.slice(3)) {
  const table = arrow.tableFromIPC(parquet.readParquet(readFileSync(file)).intoIPCStream());
  const columns = {};
  for (const field of table.schema.fields) {
    const data = table.getChild(field.name);
    let count = 0, whole = 0n, real = 0;
    const isTime = arrow.DataType.isTimestamp(field.type);
    // Of times, which the library gives in milliseconds, what the file has.
    const values = isTime ? data.data.flatMap((part) => Array.from({ length: part.length },
      (_, i) => (part.getValid(i) ? part.values[i] : null))) : data;
    for (const value of values) {
      if (value === null) continue;
      ++count;
      if (typeof value === "string") whole += BigInt(Buffer.byteLength(value));
      else if (arrow.DataType.isFloat(field.type)) real += value;
      else whole += BigInt(value);
    }
    columns[field.name] = [String(field.type), count, arrow.DataType.isFloat(field.type) ? real : String(whole)];
  }
  console.log(JSON.stringify({ file, rows: table.numRows, columns }));
}
