// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-ship/positions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tstat::ship {
namespace {

constexpr std::string_view kFirstLine = "tstat-ship positions 1\n";
// Numbers of a line, in this order; the key follows.
using Numbers = std::array<uint64_t, 9>;
constexpr uint64_t kLeastCompacted = uint64_t{1} << 20;

// Keys are paths, which may have any byte but NUL.
std::string EscapedKey(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '%' || c == '\n') {
      absl::StrAppend(&escaped, c == '%' ? "%25" : "%0A");
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

std::string UnescapedKey(std::string_view escaped) {
  std::string key;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '%' && escaped.size() - i >= 3) {
      key.push_back(escaped.substr(i, 3) == "%0A" ? '\n' : '%');
      i += 2;
    } else {
      key.push_back(escaped[i]);
    }
  }
  return key;
}

std::string LineOf(uint64_t batch, std::string_view key, const Position& p) {
  return absl::StrCat(batch, " ", p.log.offset, " ", p.log.line, " ", p.log.header_offset, " ",
                      p.log.inode, " ", p.items, " ", p.size, " ", p.begin_bytes, " ",
                      p.begin_check, " ", EscapedKey(key), "\n");
}

// Nothing: it is no whole line.
std::optional<Positions::Entry> ParseLine(std::string_view line) {
  Numbers numbers{};
  for (uint64_t& number : numbers) {
    const auto read = std::from_chars(line.data(), line.data() + line.size(), number);
    if (read.ec != std::errc() || read.ptr == line.data() + line.size() || *read.ptr != ' ') {
      return std::nullopt;
    }
    line.remove_prefix(static_cast<size_t>(read.ptr - line.data()) + 1);
  }
  if (line.empty()) return std::nullopt;
  Position position;
  position.batch = numbers[0];
  position.log = {
      .offset = numbers[1], .line = numbers[2], .header_offset = numbers[3], .inode = numbers[4]};
  position.items = numbers[5];
  position.size = numbers[6];
  position.begin_bytes = static_cast<uint32_t>(numbers[7]);
  position.begin_check = static_cast<uint32_t>(numbers[8]);
  return Positions::Entry(UnescapedKey(line), position);
}

absl::Status WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    text.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

// The names in the directory of `path` survive a loss of power.
void SyncDirectoryOf(const std::string& path) {
  const int fd =
      open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

}  // namespace

bool Position::operator==(const Position& other) const {
  return log.offset == other.log.offset && log.line == other.log.line &&
         log.header_offset == other.log.header_offset && log.inode == other.log.inode &&
         items == other.items && size == other.size && begin_bytes == other.begin_bytes &&
         begin_check == other.begin_check && batch == other.batch;
}

Positions::Positions(Positions&& other) noexcept
    : path_(std::move(other.path_)),
      syncs_(other.syncs_),
      fd_(std::exchange(other.fd_, -1)),
      bytes_(other.bytes_),
      compact_bytes_(other.compact_bytes_),
      positions_(std::move(other.positions_)) {}

Positions::~Positions() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Positions> Positions::Open(const std::string& path, uint64_t last_batch,
                                          bool syncs) {
  Positions positions(path, syncs);
  absl::Status status = positions.Read(last_batch);
  if (status.ok()) status = positions.Rewrite();
  if (!status.ok()) return status;
  return positions;
}

absl::Status Positions::Read(uint64_t last_batch) {
  std::ifstream file(path_, std::ios::binary);
  if (!file.is_open()) {
    return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, path_);
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string_view left = text;
  if (!left.starts_with(kFirstLine)) {
    return absl::DataLossError(absl::StrCat(path_, ": is no file of positions"));
  }
  left.remove_prefix(kFirstLine.size());
  while (true) {
    const size_t end = left.find('\n');
    if (end == std::string_view::npos) return absl::OkStatus();  // cut: it never held
    if (std::optional<Entry> entry = ParseLine(left.substr(0, end));
        entry.has_value() && entry->second.batch <= last_batch) {
      positions_.insert_or_assign(std::move(entry->first), entry->second);
    }
    left.remove_prefix(end + 1);
  }
}

// Another file takes its place: whoever reads it sees the old one or the new one.
absl::Status Positions::Rewrite() {
  const std::string temporary = path_ + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                      S_IRUSR | S_IWUSR);
  if (fd < 0) return absl::ErrnoToStatus(errno, temporary);
  std::string text(kFirstLine);
  for (const auto& [key, position] : positions_) text += LineOf(position.batch, key, position);
  absl::Status status = WriteAll(fd, text, temporary);
  if (status.ok() && fsync(fd) != 0) status = absl::ErrnoToStatus(errno, temporary);
  if (status.ok() && std::rename(temporary.c_str(), path_.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, path_);
  }
  if (!status.ok()) {
    close(fd);
    return status;
  }
  SyncDirectoryOf(path_);
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  bytes_ = compact_bytes_ = text.size();
  return status;
}

const Position* Positions::Find(std::string_view key) const {
  const auto found = positions_.find(key);
  return found == positions_.end() ? nullptr : &found->second;
}

absl::Status Positions::Note(uint64_t batch, std::span<const Entry> entries) {
  std::string text;
  for (const auto& [key, position] : entries) text += LineOf(batch, key, position);
  absl::Status status = WriteAll(fd_, text, path_);
  if (status.ok() && syncs_ && fdatasync(fd_) != 0) status = absl::ErrnoToStatus(errno, path_);
  if (!status.ok()) {
    // Half a line would take the next one with it.
    if (ftruncate(fd_, static_cast<off_t>(bytes_)) == 0) {
      (void)lseek(fd_, static_cast<off_t>(bytes_), SEEK_SET);
    }
    return status;
  }
  bytes_ += text.size();
  // Until the spool has the batch, what was noted before has to stay in the file: first those alone
  // are written anew, then `entries` behind them. Where that fails the long file is as good.
  if (bytes_ > kLeastCompacted && bytes_ / 4 > compact_bytes_ && Rewrite().ok()) {
    status = WriteAll(fd_, text, path_);
    if (status.ok() && syncs_ && fdatasync(fd_) != 0) status = absl::ErrnoToStatus(errno, path_);
    if (!status.ok()) return status;
    bytes_ += text.size();
  }
  for (const auto& [key, position] : entries) {
    Position held = position;
    held.batch = batch;
    positions_.insert_or_assign(key, held);
  }
  return status;
}

namespace {

// The first bytes of the log at `path`, uncompressed: `most`, or all that it has.
absl::StatusOr<std::string> BeginOf(const std::string& path, uint32_t most) {
  // Reads plain files, too.
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rbe"), gzclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  std::string text(most, '\0');
  const int count = gzread(file.get(), text.data(), most);
  if (count < 0) return absl::DataLossError(absl::StrCat(path, ": cannot be read"));
  text.resize(static_cast<size_t>(count));
  return text;
}

uint32_t CheckOf(std::string_view text) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

}  // namespace

absl::StatusOr<uint32_t> CheckOfBegin(const std::string& path, uint32_t* bytes) {
  const absl::StatusOr<std::string> text = BeginOf(path, *bytes);
  if (!text.ok()) return text.status();
  *bytes = static_cast<uint32_t>(text->size());
  return CheckOf(*text);
}

bool HasRowInBegin(const std::string& path, uint32_t bytes) {
  const absl::StatusOr<std::string> text = BeginOf(path, bytes);
  if (!text.ok()) return false;
  std::string_view left = *text;
  for (size_t end; (end = left.find('\n')) != std::string_view::npos; left.remove_prefix(end + 1)) {
    if (!left.starts_with('#')) return true;
  }
  return false;
}

void ExtendBegin(const std::string& path, uint32_t bytes, Position* position) {
  const absl::StatusOr<std::string> text = BeginOf(path, bytes);
  if (!text.ok() || text->size() < bytes || position->begin_bytes > bytes) return;
  const std::string_view all = *text;
  if (CheckOf(all.substr(0, position->begin_bytes)) != position->begin_check) return;
  position->begin_bytes = bytes;
  position->begin_check = CheckOf(all);
}

}  // namespace tstat::ship
