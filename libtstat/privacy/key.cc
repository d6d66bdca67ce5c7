// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "config/descriptor.h"
#include "privacy/name_cipher.h"
#include "tstat/anonymizer.h"

namespace tstat::inline v1 {
namespace {

constexpr size_t kKeySize = AnonymizationKey::kSize;

void Wipe(std::string* text) { OPENSSL_cleanse(text->data(), text->size()); }

// A text that is overwritten when it goes.
struct Secret {
  Secret() = default;
  ~Secret() { Wipe(&text); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::string text;
};

absl::Status BadFile(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}
absl::Status BadLine(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":1: ", what));
}

// The first line without its newline into `line`. What stands behind its first 4,096 bytes does not
// matter: 32 are used.
absl::Status ReadFirstLine(const KeyRequest& request, std::string* line, KeyReading* reading) {
  constexpr size_t kMost = 4096;
  const std::string& path = request.value;
  const internal::Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info;
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return absl::ErrnoToStatus(errno, path);
  if (S_ISDIR(info.st_mode)) return BadFile(path, "is a directory (a file with the key is needed)");
  if (!S_ISREG(info.st_mode)) {
    return BadFile(path, "is not a regular file (a file with the key is needed)");
  }
  if ((info.st_mode & S_IROTH) != 0) {
    const std::string problem =
        absl::StrCat(path, ": everybody may read this key ('chmod 600' makes it private)");
    if (request.must_be_private) return absl::FailedPreconditionError(problem);
    reading->warnings.push_back(problem);
  }
  line->reserve(kMost);  // in one place, so that no copy is left
  line->resize(kMost);
  size_t size = 0;
  while (size < kMost) {
    const ssize_t got = read(file.get(), line->data() + size, kMost - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  const std::string_view kind =
      request.source == KeySource::kBase64File ? "Base64 encoded" : "plain text";
  if (size == 0) {
    return BadFile(path, absl::StrCat("Cannot read ", absl::string_view(kind.data(), kind.size()),
                                      " key from file: it is empty (its first line is the key)"));
  }
  const size_t end = std::string_view(line->data(), size).find('\n');
  line->resize(std::min(end, size));  // the rest is overwritten with it: the capacity stays
  return absl::OkStatus();
}

// A key of random bytes would end at the first of them that is a newline, without a word.
absl::Status CheckText(const std::string& path, std::string_view line) {
  if (line.empty()) {
    return BadLine(path, "Plain text key empty: the first line of the file is the key");
  }
  for (size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    const bool is_text = (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\r';
    if (is_text) continue;
    return BadLine(path, absl::StrCat("byte ", i + 1, " is 0x", absl::Hex(byte, absl::kZeroPad2),
                                      ": a key is a line of text (--keybase64 reads keys of any "
                                      "bytes in Base64)"));
  }
  return absl::OkStatus();
}

absl::Status DecodeBase64(const std::string& path, Secret* line) {
  std::string_view text = line->text;
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.size() < 2) {
    return BadLine(path,
                   "Base64 decoding failed: the first line is the key in Base64, 44 "
                   "characters for 32 bytes");
  }
  size_t bad = 0;
  std::optional<std::string> bytes = internal::StrictBase64(text, &bad);
  if (!bytes.has_value()) {
    return BadLine(
        path, bad == text.size()
                  ? absl::StrCat("Base64 decoding failed: ", text.size(),
                                 " characters, and no multiple of 4 ('=' completes the last ones)")
                  : absl::StrCat("Base64 decoding failed at character ", bad + 1,
                                 " (allowed: A-Z a-z 0-9 + /, and '=' at the end)"));
  }
  Wipe(&line->text);
  line->text.assign(*bytes);
  Wipe(&*bytes);
  return absl::OkStatus();
}

KeyReading Finish(std::string_view bytes, KeyReading reading) {
  if (bytes.size() > kKeySize) {
    reading.notices.push_back("Key is too long: using only the first 32 bytes");
  } else if (bytes.size() < kKeySize) {
    reading.notices.push_back("Key shorter than 32 bytes: padding with zeros");
  }
  reading.key = AnonymizationKey(bytes);
  return reading;
}

}  // namespace

AnonymizationKey::AnonymizationKey(std::string_view bytes) {
  std::memcpy(bytes_.data(), bytes.data(), std::min(bytes.size(), kSize));
}
AnonymizationKey::~AnonymizationKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

absl::StatusOr<AnonymizationKey> AnonymizationKey::Random() {
  AnonymizationKey key;
  if (RAND_priv_bytes(key.bytes_.data(), static_cast<int>(kSize)) != 1) {
    return absl::UnavailableError("no random bytes for a key");
  }
  return key;
}

std::string AnonymizationKey::ToBase64() const {
  return absl::Base64Escape({reinterpret_cast<const char*>(bytes_.data()), kSize});
}

absl::StatusOr<KeyReading> ReadKey(const KeyRequest& request) {
  KeyReading reading;
  switch (request.source) {
    case KeySource::kText:
      // A variable of a script that is not set must not be a key that everybody knows.
      if (request.value.empty()) {
        return absl::InvalidArgumentError("Plain text key empty: --keyvalue needs a character");
      }
      reading.notices.emplace_back("Using plain text key from command line");
      return Finish(request.value, std::move(reading));
    case KeySource::kRandom: {
      reading.notices = {"Generating random key (might take some time)...", "... done"};
      absl::StatusOr<AnonymizationKey> key = AnonymizationKey::Random();
      if (!key.ok()) return key.status();
      reading.key = *key;
      return reading;
    }
    default:
      break;
  }
  const bool is_base64 = request.source == KeySource::kBase64File;
  reading.notices = {absl::StrCat("Reading ", is_base64 ? "Base64 encoded" : "plain text",
                                  " key from file ", request.value, " ..."),
                     "... done"};
  Secret line;
  if (absl::Status status = ReadFirstLine(request, &line.text, &reading); !status.ok()) {
    return status;
  }
  if (!is_base64 && line.text.size() == 44 && internal::StrictBase64(line.text).has_value()) {
    reading.warnings.push_back(
        absl::StrCat(request.value, " looks like a key in Base64: that is --keybase64"));
  }
  absl::Status status =
      is_base64 ? DecodeBase64(request.value, &line) : CheckText(request.value, line.text);
  if (!status.ok()) return status;
  return Finish(line.text, std::move(reading));
}

}  // namespace tstat::inline v1
