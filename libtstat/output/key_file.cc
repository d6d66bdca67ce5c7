// SPDX-License-Identifier: BSD-3-Clause
#include "output/key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
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
  const bool is_written = WriteNew(place.get(), temporary, line) &&
                          renameat(place.get(), temporary.c_str(), place.get(), name.c_str()) == 0;
  OPENSSL_cleanse(line.data(), line.size());
  if (is_written) return absl::OkStatus();
  const absl::Status status = failed();
  unlinkat(place.get(), temporary.c_str(), 0);
  return status;
}

}  // namespace tstat::internal
