// SPDX-License-Identifier: BSD-3-Clause
//
// How far each log has gone out: a file that is only appended to, a line for each log with each
// batch. A line says where reading goes on once the spool has the batch of its number, and is
// written before the spool gets that batch. After the end of the process, however that came, the
// spool tells which batch is its last; lines of later ones do not count, and what they stood for is
// read again. So each row is in one batch, and each batch in the spool once.
//
//   absl::StatusOr<Positions> positions = Positions::Open(path, last_batch, sync);
//   if (const Position* p = positions->Find(key)) ...        // where to go on
//   status = positions->Note(batch, {{key, position}});      // before the batch is kept
#ifndef TSTAT_SHIP_POSITIONS_H_
#define TSTAT_SHIP_POSITIONS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tstat/log_reader.h"

namespace tstat::ship {

struct Position {
  LogPosition log;     // where the next row begins
  uint64_t items = 0;  // of that row are out: lines, points, elements of messages
  // Of the file, when it was read to its end; 0: it was not. A file that still has it has nothing
  // new.
  uint64_t size = 0;
  // What the log began with (uncompressed), of what was read of it: that, and not its inode, tells
  // whether it is the same one after it was copied or compressed.
  uint32_t begin_bytes = 0, begin_check = 0;
  uint64_t batch = 0;  // the last one with rows of it

  bool operator==(const Position& other) const;
};

class Positions {
 public:
  using Entry = std::pair<std::string, Position>;

  // Goes on with the file at `path`, as the spool's `last_batch` has it; it is written anew,
  // without what does not count. `syncs`: what is noted survives a loss of power, and each note
  // waits for the disk. Errors: of the system; DataLoss: it is no such file.
  static absl::StatusOr<Positions> Open(const std::string& path, uint64_t last_batch, bool syncs);
  Positions(Positions&& other) noexcept;
  Positions& operator=(Positions&&) = delete;
  ~Positions();

  // Null: nothing of it is out.
  const Position* Find(std::string_view key) const;
  // `entries` hold when the spool has `batch`: before it gets it; or at once, when that is its last
  // one.
  absl::Status Note(uint64_t batch, std::span<const Entry> entries);
  size_t size() const { return positions_.size(); }
  const std::map<std::string, Position, std::less<>>& all() const { return positions_; }

 private:
  Positions(std::string path, bool syncs) : path_(std::move(path)), syncs_(syncs) {}
  absl::Status Read(uint64_t last_batch);
  absl::Status Rewrite();

  std::string path_;
  bool syncs_;
  int fd_ = -1;
  uint64_t bytes_ = 0, compact_bytes_ = 0;  // of the file: now, and when it was written anew
  std::map<std::string, Position, std::less<>> positions_;
};

// A check of the first `bytes` bytes of the log at `path`, uncompressed; fewer where it is shorter:
// `*bytes` are those that were read.
absl::StatusOr<uint32_t> CheckOfBegin(const std::string& path, uint32_t* bytes);
// Whether the first `bytes` bytes of the log hold a row, and not only header lines, which many logs
// have.
bool HasRowInBegin(const std::string& path, uint32_t bytes);
// Makes the check of `position` one of `bytes` bytes, if the log at `path` still begins as
// `position` has it, and is that long; else it stays as it is.
void ExtendBegin(const std::string& path, uint32_t bytes, Position* position);

}  // namespace tstat::ship

#endif  // TSTAT_SHIP_POSITIONS_H_
