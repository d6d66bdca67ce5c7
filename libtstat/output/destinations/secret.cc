// SPDX-License-Identifier: BSD-3-Clause
#include "output/destinations/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "config/descriptor.h"
#include "output/files.h"

namespace tstat::internal {
namespace {

constexpr std::string_view kFromEnvironment = "env:", kFromFile = "file:";
constexpr size_t kMostSecretBytes = size_t{64} << 10;

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  const auto failed = [&path](absl::StatusCode code, std::string_view why) {
    return absl::Status(code, absl::StrCat(path, ": ", std::string(why)));
  };
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) {
    const absl::Status status = ErrnoStatus(errno);
    return failed(status.code(), std::string(status.message()));
  }
  if (!S_ISREG(info.st_mode)) return failed(absl::StatusCode::kInvalidArgument, "not a file");
  if ((info.st_mode & 077) != 0) {
    return failed(absl::StatusCode::kFailedPrecondition,
                  "holds a secret, and others have access to it (chmod 600 ends that)");
  }
  std::string text(kMostSecretBytes + 1, '\0');
  size_t size = 0;
  for (;;) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno);
    size += static_cast<size_t>(count);
    if (count == 0 || size == text.size()) break;
  }
  if (size > kMostSecretBytes) return failed(absl::StatusCode::kInvalidArgument, "is too long");
  text.resize(size);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadSecret(std::string_view source) {
  if (source.starts_with(kFromEnvironment)) {
    const std::string name(source.substr(kFromEnvironment.size()));
    const char* const value = name.empty() ? nullptr : std::getenv(name.c_str());
    if (value == nullptr) {
      return absl::NotFoundError(absl::StrCat("the environment has no variable \"", name, "\""));
    }
    return std::string(value);
  }
  if (source.starts_with(kFromFile)) {
    return ReadSecretFile(std::string(source.substr(kFromFile.size())));
  }
  // Not repeated: it may be the secret itself.
  return absl::InvalidArgumentError(
      "a secret is given as env:NAME (a variable of the environment) or file:PATH (mode 600)");
}

}  // namespace tstat::internal
