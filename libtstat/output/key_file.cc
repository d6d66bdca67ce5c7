// SPDX-License-Identifier: BSD-3-Clause
#include "output/key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "config/descriptor.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

// A new file, under no name that somebody could have prepared. False: errno says why.
bool WriteNew(int directory, const std::string& name, std::string_view text) {
  Descriptor file(
      openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return false;
  while (!text.empty()) {
    const ssize_t written = write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return file.Close();
}

// A regular file there holds another text than `text`.
bool HoldsAnother(int directory, const std::string& name, std::string_view text) {
  const Descriptor file(
      openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return errno == EACCES;
  if (!S_ISREG(info.st_mode) || info.st_size == 0) return false;
  std::array<char, 256> bytes{};
  const ssize_t size = read(file.get(), bytes.data(), bytes.size());
  const bool is_same =
      size >= 0 && std::string_view(bytes.data(), static_cast<size_t>(size)) == text;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return !is_same;
}

// Gives `temporary` the name `name`, or `name`_2 and so on where other keys are. The name; without
// one, errno says why.
std::optional<std::string> Publish(int directory, const std::string& temporary,
                                   const std::string& name, std::string_view text) {
  constexpr int kMostKeys = 10000;
  for (int i = 1; i < kMostKeys; ++i) {
    std::string candidate = i == 1 ? name : absl::StrCat(name, "_", i);
    const char *from = temporary.c_str(), *to = candidate.c_str();
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return candidate;
    // EINVAL: of a file system that cannot do that.
    if (errno != EEXIST && errno != EINVAL) return std::nullopt;
    if (HoldsAnother(directory, candidate, text)) continue;
    if (renameat(directory, from, directory, to) == 0) return candidate;
    return std::nullopt;
  }
  errno = EEXIST;
  return std::nullopt;
}

}  // namespace

absl::Status StoreKey(const AnonymizationKey& key, const std::string& log_directory) {
  const std::filesystem::path directory(log_directory);
  const std::string base = directory.has_parent_path() ? directory.parent_path().string() : ".";
  const std::string name = "CPanKey_" + directory.stem().string();
  const std::string temporary = absl::StrCat(".", name, ".", getpid());
  const auto failed = [&] {
    const absl::Status reason = ErrnoStatus(errno);
    return absl::Status(reason.code(), absl::StrCat("Error opening ", base, "/", name,
                                                    ". CPan key not stored: ", reason.message()));
  };
  const Descriptor place(open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (place.get() < 0) return failed();
  std::string line = key.ToBase64() + "\n";
  unlinkat(place.get(), temporary.c_str(), 0);  // of a run that was killed
  std::optional<std::string> stored;
  if (WriteNew(place.get(), temporary, line)) stored = Publish(place.get(), temporary, name, line);
  OPENSSL_cleanse(line.data(), line.size());
  if (!stored.has_value()) {
    const absl::Status status = failed();
    unlinkat(place.get(), temporary.c_str(), 0);
    return status;
  }
  if (*stored == name) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(base, "/", name, " holds another key, and stays: the key of this run is in ",
                   base, "/", *stored));
}

}  // namespace tstat::internal
