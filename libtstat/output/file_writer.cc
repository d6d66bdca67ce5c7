// SPDX-License-Identifier: BSD-3-Clause
#include "output/file_writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tstat {
namespace {

absl::Status ErrnoStatus(int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      std::error_code(error, std::generic_category()).message());
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

class SystemFile : public AppendFile {
 public:
  explicit SystemFile(int descriptor) : descriptor_(descriptor) {}
  ~SystemFile() override { (void)SystemFile::Close(); }

  absl::Status Append(std::string_view data) override {
    while (!data.empty()) {
      const ssize_t written = write(descriptor_, data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return ErrnoStatus(written < 0 ? errno : ENOSPC);
      data.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    if (descriptor_ < 0) return absl::OkStatus();
    // The descriptor is gone whatever close says; deferred write errors (quota, NFS) show here.
    const int result = close(std::exchange(descriptor_, -1));
    return result == 0 || errno == EINTR ? absl::OkStatus() : ErrnoStatus(errno);
  }

 private:
  int descriptor_;
};

class SystemFileOpener : public FileOpener {
 public:
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenForAppend(const std::string& path) override {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0664);
    if (descriptor < 0) return ErrnoStatus(errno);
    return std::make_unique<SystemFile>(descriptor);
  }
};

// Bytes in, bytes of one gzip stream out.
class GzipEncoder {
 public:
  GzipEncoder() {
    constexpr int kGzipWindow = 15 + 16;
    constexpr int kMemoryLevel = 8;
    ok_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipEncoder() {
    if (ok_) deflateEnd(&stream_);
  }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  // `flush`: a zlib flush mode.
  absl::Status Encode(std::string_view data, int flush, AppendFile& file) {
    if (!ok_) return absl::ResourceExhaustedError("no memory for compression");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(chunk_.data());
      stream_.avail_out = static_cast<uInt>(chunk_.size());
      deflate(&stream_, flush);
      const size_t encoded = chunk_.size() - stream_.avail_out;
      if (encoded == 0) break;
      const absl::Status status = file.Append({chunk_.data(), encoded});
      if (!status.ok()) return status;
    } while (stream_.avail_out == 0);
    return absl::OkStatus();
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
  std::array<char, 32 * 1024> chunk_;
};

}  // namespace

FileOpener& SystemFiles() {
  static SystemFileOpener files;  // stateless
  return files;
}

class FileWriter::Impl {
 public:
  absl::Status Open(FileOpener& files, std::string path, const FileWriterOptions& options) {
    path_ = std::move(path);
    buffer_bytes_ = options.buffer_bytes;
    absl::StatusOr<std::unique_ptr<AppendFile>> file = files.OpenForAppend(path_);
    if (!file.ok()) {
      status_ = WithPath(absl::StrCat("Could not open file ", path_), file.status());
      return status_;
    }
    file_ = *std::move(file);
    buffer_.reserve(buffer_bytes_);
    if (options.gzip) gzip_ = std::make_unique<GzipEncoder>();
    return status_;
  }

  bool is_open() const { return file_ != nullptr; }

  void Append(std::string_view text, bool is_row) {
    if (file_ == nullptr || !status_.ok()) {
      lost_rows_ += is_row ? 1 : 0;
      return;
    }
    pending_rows_ += is_row ? 1 : 0;
    if (buffer_.size() + text.size() > buffer_bytes_ && !buffer_.empty()) Drain(Z_NO_FLUSH);
    buffer_.append(text);
  }

  void Flush() { Drain(Z_SYNC_FLUSH); }

  void Close() {
    if (file_ == nullptr) return;
    Drain(Z_FINISH);
    const absl::Status status = file_->Close();
    if (status_.ok() && !status.ok()) status_ = WithPath(path_, status);
    file_ = nullptr;
    gzip_ = nullptr;
  }

  const absl::Status& status() const { return status_; }
  uint64_t lost_rows() const { return lost_rows_; }

 private:
  void Drain(int gzip_flush) {
    if (file_ == nullptr || !status_.ok()) return;
    absl::Status status;
    if (gzip_ != nullptr) {
      status = gzip_->Encode(buffer_, gzip_flush, *file_);
    } else if (!buffer_.empty()) {
      status = file_->Append(buffer_);
    }
    buffer_.clear();
    if (!status.ok()) {
      status_ = WithPath(path_, status);
      lost_rows_ += pending_rows_;
    }
    pending_rows_ = 0;
  }

  std::string path_;
  size_t buffer_bytes_ = 0;
  std::unique_ptr<AppendFile> file_;
  std::unique_ptr<GzipEncoder> gzip_;
  std::string buffer_;
  uint64_t pending_rows_ = 0;  // in the buffer
  uint64_t lost_rows_ = 0;
  absl::Status status_;
};

FileWriter::FileWriter() = default;
FileWriter::~FileWriter() { Close(); }
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;

absl::Status FileWriter::Open(FileOpener& files, std::string path,
                              const FileWriterOptions& options) {
  Close();
  impl_ = std::make_unique<Impl>();
  return impl_->Open(files, std::move(path), options);
}

bool FileWriter::is_open() const { return impl_ != nullptr && impl_->is_open(); }

void FileWriter::Append(std::string_view text) {
  if (impl_ != nullptr) impl_->Append(text, /*is_row=*/false);
}
void FileWriter::AppendRow(std::string_view row) {
  if (impl_ != nullptr) impl_->Append(row, /*is_row=*/true);
}
void FileWriter::Flush() {
  if (impl_ != nullptr) impl_->Flush();
}
void FileWriter::Close() {
  if (impl_ != nullptr) impl_->Close();
}

absl::Status FileWriter::status() const {
  return impl_ != nullptr ? impl_->status() : absl::OkStatus();
}
uint64_t FileWriter::lost_rows() const { return impl_ != nullptr ? impl_->lost_rows() : 0; }

}  // namespace tstat
