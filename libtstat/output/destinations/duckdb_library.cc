// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/duckdb_library.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "output/destinations/dead_letters.h"
#include "output/loaded_library.h"

namespace tstat::internal {
namespace {

constexpr const char* kDuckDbFile = "libduckdb.so";
constexpr const char* kDuckDbVariable = "TSTAT_DUCKDB_LIBRARY";

struct LoadedDuckDb {
  std::string file;
  bool is_loaded = false;
  DuckDbFunctions functions;
};

LoadedDuckDb OpenDuckDb() {
  LoadedDuckDb loaded;
  const char* const named = std::getenv(kDuckDbVariable);
  loaded.file = named != nullptr && *named != '\0' ? named : kDuckDbFile;
  const LoadedLibrary library(loaded.file.c_str());
  DuckDbFunctions& f = loaded.functions;
  loaded.is_loaded =
      library.Find("duckdb_library_version", &f.library_version) &&
      library.Find("duckdb_create_config", &f.create_config) &&
      library.Find("duckdb_set_config", &f.set_config) &&
      library.Find("duckdb_destroy_config", &f.destroy_config) &&
      library.Find("duckdb_open_ext", &f.open_ext) && library.Find("duckdb_close", &f.close) &&
      library.Find("duckdb_connect", &f.connect) &&
      library.Find("duckdb_disconnect", &f.disconnect) && library.Find("duckdb_free", &f.free) &&
      library.Find("duckdb_query", &f.query) &&
      library.Find("duckdb_result_error", &f.result_error) &&
      library.Find("duckdb_destroy_result", &f.destroy_result) &&
      library.Find("duckdb_appender_create", &f.appender_create) &&
      library.Find("duckdb_appender_error", &f.appender_error) &&
      library.Find("duckdb_appender_close", &f.appender_close) &&
      library.Find("duckdb_appender_destroy", &f.appender_destroy) &&
      library.Find("duckdb_append_data_chunk", &f.append_data_chunk) &&
      library.Find("duckdb_create_logical_type", &f.create_logical_type) &&
      library.Find("duckdb_destroy_logical_type", &f.destroy_logical_type) &&
      library.Find("duckdb_create_data_chunk", &f.create_data_chunk) &&
      library.Find("duckdb_destroy_data_chunk", &f.destroy_data_chunk) &&
      library.Find("duckdb_data_chunk_reset", &f.data_chunk_reset) &&
      library.Find("duckdb_data_chunk_get_vector", &f.data_chunk_get_vector) &&
      library.Find("duckdb_data_chunk_set_size", &f.data_chunk_set_size) &&
      library.Find("duckdb_vector_size", &f.vector_size) &&
      library.Find("duckdb_vector_get_data", &f.vector_get_data) &&
      library.Find("duckdb_vector_ensure_validity_writable", &f.vector_ensure_validity_writable) &&
      library.Find("duckdb_vector_get_validity", &f.vector_get_validity) &&
      library.Find("duckdb_vector_assign_string_element_len", &f.vector_assign_string_element_len);
  return loaded;
}

}  // namespace

absl::StatusOr<const DuckDbFunctions*> LoadDuckDb() {
  static const LoadedDuckDb loaded = OpenDuckDb();
  if (loaded.is_loaded) return &loaded.functions;
  return absl::UnimplementedError(absl::StrCat(
      "Parquet needs DuckDB's C library, and ", CleanText(loaded.file),
      " is not there or is another one. It is in DuckDB's releases (libduckdb-linux-amd64.zip) and "
      "in the npm package @duckdb/node-bindings-linux-x64; ",
      kDuckDbVariable, "=/path/to/libduckdb.so in the environment says where it is"));
}

}  // namespace tstat::internal
