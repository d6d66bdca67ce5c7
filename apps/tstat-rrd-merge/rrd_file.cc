// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-merge/rrd_file.h"

#include <rrd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "loaded-library/loaded_library.h"
#include "loaded-library/locked_database.h"

namespace tstat::rrd_merge {
namespace {

// The functions used.
struct Librrd {
  decltype(&rrd_info_r) info = nullptr;
  decltype(&rrd_info_free) info_free = nullptr;
  decltype(&rrd_fetch_r) fetch = nullptr;
  decltype(&rrd_freemem) freemem = nullptr;
  decltype(&rrd_restore) restore = nullptr;
  decltype(&rrd_get_error) get_error = nullptr;
  decltype(&rrd_clear_error) clear_error = nullptr;
};
Librrd librrd;  // set by LoadLibrrd()

struct FreeInfo {
  void operator()(rrd_info_t* info) const { librrd.info_free(info); }
};
struct FreeMemory {
  void operator()(void* memory) const { librrd.freemem(memory); }
};

// What librrd tells of a file, by its name there: "rra[0].cf".
class Info {
 public:
  explicit Info(const rrd_info_t* first) {
    for (const rrd_info_t* i = first; i != nullptr; i = i->next) entries_[i->key] = i;
  }

  // 0, NaN or "" without such an entry.
  int64_t Count(const std::string& key) const {
    const rrd_info_t* const entry = Find(key, RD_I_CNT);
    return entry == nullptr ? 0 : static_cast<int64_t>(entry->value.u_cnt);
  }
  double Value(const std::string& key) const {
    const rrd_info_t* const entry = Find(key, RD_I_VAL);
    return entry == nullptr ? std::nan("") : entry->value.u_val;
  }
  std::string_view Text(const std::string& key) const {
    const rrd_info_t* const entry = Find(key, RD_I_STR);
    return entry == nullptr ? "" : entry->value.u_str;
  }
  // The names in "ds[NAME].type".
  std::vector<std::string> Sources() const {
    std::vector<std::string> names;
    constexpr std::string_view kStart = "ds[", kEnd = "].type";
    for (const auto& [key, entry] : entries_) {
      if (key.starts_with(kStart) && key.ends_with(kEnd)) {
        names.push_back(key.substr(kStart.size(), key.size() - kStart.size() - kEnd.size()));
      }
    }
    return names;
  }

 private:
  const rrd_info_t* Find(const std::string& key, rrd_info_type_t type) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second->type == type ? found->second : nullptr;
  }

  std::map<std::string, const rrd_info_t*> entries_;
};

absl::Status LibrrdError(const std::string& path) {
  std::string text = librrd.get_error();
  librrd.clear_error();
  // Most of its messages name the file.
  if (text.find(path) == std::string::npos) text = absl::StrCat(path, ": ", text);
  return absl::DataLossError(text);
}

absl::Status Foreign(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": not a database of tstat: ", why));
}

absl::Status ReadRows(const std::string& path, const Database& database, Archive* archive) {
  const int64_t row_s = database.step_s * archive->steps_per_row;
  const auto rows = static_cast<int64_t>(archive->values.size());
  const int64_t first = database.EndOf(*archive) - row_s * rows;
  time_t start = first, end = database.EndOf(*archive);
  auto step = static_cast<unsigned long>(row_s);
  unsigned long sources = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;
  const auto read = [&] {
    return librrd.fetch(path.c_str(), "AVERAGE", &start, &end, &step, &sources, &names, &values) ==
           0;
  };
  if (!WhenUnlocked(librrd, read)) return LibrrdError(path);
  const std::unique_ptr<rrd_value_t, FreeMemory> values_owner(values);
  for (unsigned long i = 0; i < sources; ++i) librrd.freemem(names[i]);
  librrd.freemem(names);
  if (sources != 1 || static_cast<int64_t>(step) != row_s) {
    return Foreign(path, "its archives cannot be told apart");
  }
  // The value of a row stands at the row's end; librrd may give rows around those asked for.
  for (int64_t t = start + row_s; t <= end; t += row_s) {
    const int64_t row = (t - first) / row_s - 1;
    if (row < 0 || row >= rows) continue;
    archive->values[static_cast<size_t>(row)] = values[(t - start) / row_s - 1];
  }
  return absl::OkStatus();
}

// Of a broken header; a hundred years fit.
bool IsPossible(const Database& database, int64_t steps_per_row, int64_t rows) {
  constexpr int64_t kLongest = int64_t{1} << 32;
  return database.step_s > 0 && database.step_s < kLongest && steps_per_row > 0 && rows > 0 &&
         steps_per_row < kLongest / database.step_s &&
         rows < kLongest / (database.step_s * steps_per_row);
}

void AppendNumber(double value, std::string* out) {
  std::array<char, 32> text;
  const std::to_chars_result end = std::to_chars(text.begin(), text.end(), value);
  out->append(text.data(), end.ptr);
}

// As librrd reads it; what is of an interval that has not ended is unknown.
std::string XmlOf(const Database& d) {
  std::string xml = absl::StrCat(
      "<rrd><version>0003</version><step>", d.step_s, "</step><lastupdate>", d.last_update_s,
      "</lastupdate><ds><name>", d.source, "</name><type>GAUGE</type><minimal_heartbeat>",
      d.heartbeat_s, "</minimal_heartbeat><min>NaN</min><max>NaN</max><last_ds>U</last_ds>",
      "<value>NaN</value><unknown_sec>", d.last_update_s % d.step_s, "</unknown_sec></ds>");
  for (const Archive& archive : d.archives) {
    absl::StrAppend(&xml, "<rra><cf>AVERAGE</cf><pdp_per_row>", archive.steps_per_row,
                    "</pdp_per_row><params><xff>");
    AppendNumber(archive.xff, &xml);
    absl::StrAppend(&xml, "</xff></params><cdp_prep><ds><primary_value>NaN</primary_value>",
                    "<secondary_value>NaN</secondary_value><value>NaN</value><unknown_datapoints>",
                    d.last_update_s / d.step_s % archive.steps_per_row,
                    "</unknown_datapoints></ds></cdp_prep><database>");
    for (const double value : archive.values) {
      xml.append("<row><v>");
      if (std::isnan(value)) {
        xml.append("NaN");
      } else {
        AppendNumber(value, &xml);
      }
      xml.append("</v></row>");
    }
    xml.append("</database></rra>");
  }
  return xml.append("</rrd>\n");
}

// A file in memory, which librrd can open.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_(memfd_create("rrd", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !content.empty()) {
      const ssize_t written = write(fd_, content.data(), content.size());
      if (written < 0) return;
      content.remove_prefix(static_cast<size_t>(written));
    }
    is_whole_ = fd_ >= 0;
  }
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool is_whole() const { return is_whole_; }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  int fd_;
  bool is_whole_ = false;
};

}  // namespace

absl::Status LoadLibrrd() {
  const auto library = LoadedLibrary::FirstOf(TSTAT_LIBRRD);
  if (library.Find("rrd_info_r", &librrd.info) &&
      library.Find("rrd_info_free", &librrd.info_free) &&
      library.Find("rrd_fetch_r", &librrd.fetch) && library.Find("rrd_freemem", &librrd.freemem) &&
      library.Find("rrd_restore", &librrd.restore) &&
      library.Find("rrd_get_error", &librrd.get_error) &&
      library.Find("rrd_clear_error", &librrd.clear_error)) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("cannot load ", TSTAT_LIBRRD, ", which is needed"));
}

absl::StatusOr<Database> ReadDatabase(const std::string& path) {
  std::unique_ptr<rrd_info_t, FreeInfo> list;
  const auto read = [&] {
    list.reset(librrd.info(path.c_str()));
    return list != nullptr;
  };
  if (!WhenUnlocked(librrd, read)) return LibrrdError(path);
  const Info info(list.get());
  const std::vector<std::string> sources = info.Sources();
  if (sources.size() != 1) return Foreign(path, "it has not one data source");
  Database database;
  database.source = sources.front();
  const std::string source = absl::StrCat("ds[", database.source, "].");
  if (info.Text(source + "type") != "GAUGE") return Foreign(path, "its source is not a GAUGE");
  database.heartbeat_s = info.Count(source + "minimal_heartbeat");
  database.step_s = info.Count("step");
  database.last_update_s = info.Count("last_update");
  for (int i = 0;; ++i) {
    const std::string rra = absl::StrCat("rra[", i, "].");
    const std::string_view function = info.Text(rra + "cf");
    if (function.empty()) break;
    if (function != "AVERAGE") return Foreign(path, "it has archives of other than AVERAGE");
    const int64_t rows = info.Count(rra + "rows");
    Archive archive;
    archive.steps_per_row = info.Count(rra + "pdp_per_row");
    archive.xff = info.Value(rra + "xff");
    if (!IsPossible(database, archive.steps_per_row, rows)) {
      return Foreign(path, "it spans a hundred years and more");
    }
    archive.values.resize(static_cast<size_t>(rows), std::nan(""));
    if (absl::Status status = ReadRows(path, database, &archive); !status.ok()) return status;
    database.archives.push_back(std::move(archive));
  }
  if (database.archives.empty()) return Foreign(path, "it has no archive");
  return database;
}

absl::Status WriteDatabase(const Database& database, const std::string& path) {
  const MemoryFile xml(XmlOf(database));
  if (!xml.is_whole()) return absl::ErrnoToStatus(errno, path);
  std::string temporary = path + ".new";
  std::string command = "restore", overwrite = "-f", from = xml.path();
  std::array<char*, 4> arguments = {command.data(), overwrite.data(), from.data(),
                                    temporary.data()};
  librrd.clear_error();
  if (librrd.restore(static_cast<int>(arguments.size()), arguments.data()) != 0) {
    const absl::Status status = LibrrdError(temporary);
    unlink(temporary.c_str());
    return status;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return absl::ErrnoToStatus(error, path);
  }
  return absl::OkStatus();
}

}  // namespace tstat::rrd_merge
