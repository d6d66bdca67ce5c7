// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-cli/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace tstat::cli {
namespace {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

absl::Status Failed(const std::string& what, int error) {
  return absl::Status(
      absl::ErrnoToStatusCode(error),
      absl::StrCat(what, ": ", std::error_code(error, std::generic_category()).message()));
}

std::optional<User> FindUser(const std::string& name) {
  std::array<char, 16 * 1024> buffer;
  passwd entry;
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return User{name, entry.pw_uid, entry.pw_gid};
}

constexpr uint64_t Bit(int capability) { return uint64_t{1} << capability; }

// What root keeps when it has to stay: to write where it could write before.
constexpr uint64_t kToWriteFiles =
    Bit(CAP_DAC_OVERRIDE) | Bit(CAP_DAC_READ_SEARCH) | Bit(CAP_FOWNER);

// Gives up all capabilities but those of `kept`, for good.
absl::Status LimitCapabilities(uint64_t kept) {
  // Programs that are started (there are none) could get nothing back, either.
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return Failed("capget", errno);
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    const auto mask = static_cast<uint32_t>(kept >> 32 * i);
    sets[i].permitted &= mask;
    sets[i].effective &= mask;
    sets[i].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) return Failed("capset", errno);
  return absl::OkStatus();
}

// Acts as another user until the end of the scope.
class Disguise {
 public:
  explicit Disguise(const User& user) : groups_(64) {
    const int count = getgroups(static_cast<int>(groups_.size()), groups_.data());
    groups_.resize(count > 0 ? static_cast<size_t>(count) : 0);
    is_on_ = initgroups(user.name.c_str(), user.gid) == 0 && setegid(user.gid) == 0 &&
             seteuid(user.uid) == 0;
    error_ = errno;
  }
  ~Disguise() {
    // They cannot fail: the real and the saved user are still root.
    if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(groups_.size(), groups_.data()) != 0) {
      error_ = errno;
    }
  }
  Disguise(const Disguise&) = delete;
  Disguise& operator=(const Disguise&) = delete;

  absl::Status status() const {
    return is_on_ ? absl::OkStatus() : Failed("cannot change the user", error_);
  }

 private:
  std::vector<gid_t> groups_;
  bool is_on_;
  int error_;
};

absl::Status CheckAccess(const User& user, const PrivilegeNeeds& needs) {
  const Disguise disguise(user);
  if (!disguise.status().ok()) return disguise.status();
  struct Check {
    const std::vector<std::string>& paths;
    int mode;
    const char* what;
  };
  for (const Check& check :
       {Check{needs.written, R_OK | W_OK | X_OK, "write to "},
        Check{needs.updated, R_OK | W_OK, "write to "}, Check{needs.read, R_OK, "read "}}) {
    for (const std::string& path : check.paths) {
      if (faccessat(AT_FDCWD, path.c_str(), check.mode, AT_EACCESS) == 0) continue;
      return Failed(absl::StrCat("user '", user.name, "' cannot ", check.what, path), errno);
    }
  }
  return absl::OkStatus();
}

absl::Status HandOver(const std::vector<std::string>& directories, uid_t uid, gid_t gid) {
  for (const std::string& directory : directories) {
    // What was made, not what its name may lead to by now.
    const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const bool given = descriptor >= 0 && fchown(descriptor, uid, gid) == 0;
    const int error = errno;
    if (descriptor >= 0) close(descriptor);
    if (!given) return Failed(absl::StrCat("cannot give ", directory, " away"), error);
  }
  return absl::OkStatus();
}

absl::Status Become(const User& user) {
  if (initgroups(user.name.c_str(), user.gid) != 0 ||
      setresgid(user.gid, user.gid, user.gid) != 0 ||
      setresuid(user.uid, user.uid, user.uid) != 0) {
    return Failed(absl::StrCat("cannot become user '", user.name, "'"), errno);
  }
  if (setuid(0) == 0) return absl::InternalError("root can be had back");
  return LimitCapabilities(0);
}

absl::StatusOr<User> ChooseUser(const std::string& wanted) {
  if (!wanted.empty()) {
    if (std::optional<User> user = FindUser(wanted)) return *user;
    return absl::NotFoundError(absl::StrCat("there is no user '", wanted, "'"));
  }
  for (const char* name : kServiceUsers) {
    if (std::optional<User> user = FindUser(name)) return *user;
  }
  return absl::NotFoundError(absl::StrCat("there is no user '", kServiceUsers[0], "'"));
}

absl::StatusOr<std::string> WithoutRoot(const std::string& wanted) {
  if (!wanted.empty()) {
    std::optional<User> user = FindUser(wanted);
    if (!user.has_value()) return ChooseUser(wanted).status();
    if (user->uid != geteuid()) return Failed(absl::StrCat("cannot become '", wanted, "'"), EPERM);
  }
  if (absl::Status status = LimitCapabilities(0); !status.ok()) return status;
  return std::string();
}

}  // namespace

absl::StatusOr<std::string> DropPrivileges(const PrivilegeNeeds& needs) {
  if (geteuid() != 0) return WithoutRoot(needs.user);
  absl::StatusOr<User> user = ChooseUser(needs.user);
  absl::Status obstacle = user.status();
  if (user.ok() && user->uid != 0) {
    obstacle = HandOver(needs.made, user->uid, user->gid);
    if (obstacle.ok()) obstacle = CheckAccess(*user, needs);
    if (obstacle.ok()) {
      if (absl::Status status = Become(*user); !status.ok()) return status;
      return std::string();
    }
    HandOver(needs.made, getuid(), getgid()).IgnoreError();
  }
  if (!obstacle.ok() && !needs.user.empty()) return obstacle;
  if (absl::Status status = LimitCapabilities(kToWriteFiles); !status.ok()) return status;
  if (obstacle.ok()) return std::string();
  return absl::StrCat("goes on as root: ", obstacle.message(), " (see --user)");
}

}  // namespace tstat::cli
