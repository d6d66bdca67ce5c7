// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/gallery.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tstat-rrd-cgi/encoding.h"
#include "tstat-rrd-cgi/page_links.h"
#include "tstat-rrd-cgi/sha256.h"
#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

constexpr size_t kIdLength = 32, kSecretLength = 64;
// An entry with the longest text and settings, each character escaped.
constexpr size_t kMaxEntryBytes = size_t{64} << 10;
// Names that are looked at: others may have put files there, too.
constexpr size_t kMostNames = 20000;
constexpr char kSecretFile[] = "secret";
constexpr int64_t kTokenSeconds = 12 * 3600;

bool AreHexDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

absl::StatusOr<std::string> RandomHex(size_t digits) {
  std::string bytes(digits / 2, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + done, bytes.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return absl::UnavailableError(Cat("getrandom: ", std::strerror(errno)));
    done += static_cast<size_t>(got);
  }
  return HexText(bytes);
}

std::string EntryText(const GalleryEntry& entry) {
  const Json object = {{"version", 1},
                       {"added", entry.added},
                       {"last", entry.last},
                       {"text", entry.text},
                       {"settings", OfPicture(entry.query)}};
  return object.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The settings pass the grammar of addresses, whoever wrote the file.
std::optional<GalleryEntry> ParseEntry(const std::string& id, std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto number = [&](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
  };
  if (number("version") != 1) return std::nullopt;
  const auto settings = object.find("settings");
  const auto note = object.find("text");
  if (settings == object.end() || !settings->is_object() || note == object.end() ||
      !note->is_string() || !IsGalleryText(note->get_ref<const std::string&>()) ||
      !std::ranges::all_of(*settings, [](const Json& value) { return value.is_string(); })) {
    return std::nullopt;
  }
  const std::string address = LinkOf("", *settings);
  if (address.empty()) return std::nullopt;
  const absl::StatusOr<Query> query = ParseQuery(std::string_view(address).substr(1));
  if (!query.ok() || query->graph_template.empty() ||
      (query->duration.empty() && !query->has_span())) {
    return std::nullopt;
  }
  return GalleryEntry{id, number("added"), note->get<std::string>(), *query, number("last")};
}

std::string SignatureOf(std::string_view secret, std::string_view client, int64_t until) {
  const std::string text = Cat("tstat-rrd-cgi gallery 1\n", until, "\n", client);
  return HexText(HmacSha256(secret, text));
}

// In a time that does not tell how much of it is the same.
bool IsSameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

std::string EntryFile(const std::string& id) { return id + ".json"; }
std::string PictureFile(const std::string& id) { return id + ".png"; }

}  // namespace

bool IsGalleryId(std::string_view text) { return text.size() == kIdLength && AreHexDigits(text); }

bool IsGalleryText(std::string_view text) {
  return text.size() <= kMaxGalleryText && IsUtf8(text) &&
         std::ranges::all_of(text, [](char c) { return !IsControl(c) || c == '\n' || c == '\t'; });
}

Gallery::Gallery(const std::string& directory)
    : path_(directory), directory_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

std::vector<std::string> Gallery::Names() const {
  std::vector<std::string> names;
  if (!directory_.ok()) return names;
  // With a place of its own in the directory.
  const int copy = openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return names;
  DIR* stream = fdopendir(copy);
  if (stream == nullptr) {
    close(copy);
    return names;
  }
  while (const dirent* item = readdir(stream)) {
    if (names.size() == kMostNames) break;
    names.emplace_back(item->d_name);
  }
  closedir(stream);
  return names;
}

std::vector<std::string> Gallery::Ids() const {
  std::vector<std::string> ids;
  for (const std::string& name : Names()) {
    if (std::string id = name.substr(0, kIdLength); IsGalleryId(id) && name == EntryFile(id)) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

void Gallery::RemoveLeftOvers(const std::vector<std::string>& ids) {
  for (const std::string& name : Names()) {
    const std::string id = name.substr(0, kIdLength);
    if (!IsGalleryId(id)) continue;
    const bool has_entry = std::ranges::find(ids, id) != ids.end();
    if (name.ends_with(".tmp") || (name == PictureFile(id) && !has_entry)) {
      unlinkat(directory_.get(), name.c_str(), 0);
    }
  }
}

absl::StatusOr<GalleryEntry> Gallery::Entry(const std::string& id) const {
  if (!directory_.ok() || !IsGalleryId(id)) return absl::NotFoundError("no such entry");
  const absl::StatusOr<std::string> text =
      ReadFileAt(directory_.get(), EntryFile(id), kMaxEntryBytes);
  if (!text.ok()) return absl::NotFoundError("no such entry");
  std::optional<GalleryEntry> entry = ParseEntry(id, *text);
  if (!entry) return absl::NotFoundError("no such entry");
  return *std::move(entry);
}

std::vector<GalleryEntry> Gallery::Entries() const {
  std::vector<GalleryEntry> entries;
  for (const std::string& id : Ids()) {
    if (absl::StatusOr<GalleryEntry> entry = Entry(id); entry.ok()) {
      entries.push_back(*std::move(entry));
    }
  }
  std::ranges::sort(entries, [](const GalleryEntry& a, const GalleryEntry& b) {
    return a.added != b.added ? a.added > b.added : a.id < b.id;
  });
  return entries;
}

absl::StatusOr<std::string> Gallery::Picture(const std::string& id) const {
  if (!directory_.ok() || !IsGalleryId(id)) return absl::NotFoundError("no such entry");
  return ReadFileAt(directory_.get(), PictureFile(id), kMaxGalleryPicture);
}

absl::StatusOr<Descriptor> Gallery::Locked() const {
  if (!directory_.ok()) return absl::UnavailableError(path_ + ": not a directory, or not readable");
  Descriptor lock(openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (!lock.ok() || flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return absl::UnavailableError(Cat(path_, ": ", std::strerror(errno)));
  }
  return lock;
}

absl::Status Gallery::Add(GalleryEntry entry, std::string_view picture, size_t most) {
  const absl::StatusOr<Descriptor> lock = Locked();
  if (!lock.ok()) return lock.status();
  const std::vector<std::string> ids = Ids();
  if (ids.size() >= most) return absl::ResourceExhaustedError("the gallery is full");
  RemoveLeftOvers(ids);
  absl::StatusOr<std::string> id = RandomHex(kIdLength);
  if (!id.ok()) return id.status();
  entry.id = *std::move(id);
  // An entry is there with its own file: its picture is there before.
  if (const absl::Status s = ReplaceFileAt(directory_.get(), PictureFile(entry.id), picture);
      !s.ok()) {
    return s;
  }
  const absl::Status written =
      ReplaceFileAt(directory_.get(), EntryFile(entry.id), EntryText(entry));
  if (!written.ok()) unlinkat(directory_.get(), PictureFile(entry.id).c_str(), 0);
  return written;
}

absl::Status Gallery::Remove(const std::string& id) {
  if (!IsGalleryId(id)) return absl::NotFoundError("no such entry");
  const absl::StatusOr<Descriptor> lock = Locked();
  if (!lock.ok()) return lock.status();
  if (unlinkat(directory_.get(), EntryFile(id).c_str(), 0) != 0) {
    if (errno == ENOENT) return absl::NotFoundError("no such entry");
    return absl::UnavailableError(Cat(path_, ": ", std::strerror(errno)));
  }
  unlinkat(directory_.get(), PictureFile(id).c_str(), 0);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Gallery::ReadSecret() const {
  if (!directory_.ok()) return absl::UnavailableError(path_ + ": not a directory, or not readable");
  absl::StatusOr<std::string> kept = ReadFileAt(directory_.get(), kSecretFile, kSecretLength);
  if (absl::IsNotFound(kept.status())) return kept;
  struct stat status {};
  const bool is_private =
      fstatat(directory_.get(), kSecretFile, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISREG(status.st_mode) && (status.st_mode & 077) == 0;
  if (is_private && kept.ok() && kept->size() == kSecretLength && AreHexDigits(*kept)) return kept;
  // Neither used nor replaced: whoever put it there would know what is signed with it.
  return absl::UnavailableError(Cat(path_, "/", kSecretFile,
                                    ": not a secret of this program, which only its user may read: "
                                    "chmod 600, or remove it (forms that are open are void then)"));
}

absl::StatusOr<std::string> Gallery::Secret() {
  absl::StatusOr<std::string> kept = ReadSecret();
  if (!absl::IsNotFound(kept.status())) return kept;
  const absl::StatusOr<Descriptor> lock = Locked();
  if (!lock.ok()) return lock.status();
  // Perhaps another process was faster.
  kept = ReadSecret();
  if (!absl::IsNotFound(kept.status())) return kept;
  absl::StatusOr<std::string> secret = RandomHex(kSecretLength);
  if (!secret.ok()) return secret;
  const absl::Status written = ReplaceFileAt(directory_.get(), kSecretFile, *secret, 0600);
  if (!written.ok()) return written;
  return secret;
}

std::string GalleryToken(std::string_view secret, std::string_view client, int64_t now) {
  // The same for an hour, so that pages stay the same.
  const int64_t until = now - now % 3600 + kTokenSeconds;
  return Cat(until, ".", SignatureOf(secret, client, until));
}

bool IsGalleryToken(std::string_view token, std::string_view secret, std::string_view client,
                    int64_t now) {
  const size_t dot = std::min(token.find('.'), token.size());
  const auto until = NumberIn<int64_t>(token.substr(0, dot));
  if (!until || *until <= now || *until > now + kTokenSeconds || secret.empty()) return false;
  const std::string wanted = Cat(*until, ".", SignatureOf(secret, client, *until));
  return IsSameText(token, wanted);
}

}  // namespace tstat::viewer
