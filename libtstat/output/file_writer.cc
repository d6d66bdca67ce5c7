// SPDX-License-Identifier: BSD-3-Clause
#include "output/file_writer.h"

#include <algorithm>
#include <utility>

#include "output/stream_encoder.h"

namespace tstat::internal {
namespace {

using Mode = StreamEncoder::Flush;

}  // namespace

class FileWriter::Impl {
 public:
  Impl(FileOpener& files, std::string path, FileWriterOptions options)
      : files_(files), path_(std::move(path)), options_(std::move(options)) {
    buffer_.reserve(options_.buffer_bytes);
  }

  absl::Status Open() {
    file_ = nullptr;
    absl::StatusOr<std::unique_ptr<AppendFile>> file = files_.OpenForAppend(path_);
    if (!file.ok()) {
      status_ = CannotOpen(path_, file.status());
      return status_;
    }
    file_ = *std::move(file);
    status_ = absl::OkStatus();
    header_ = file_->is_new() ? options_.header : "";
    DropCutRow();
    // What was encoded for a file that is gone belongs to its stream.
    lost_rows_ += std::exchange(encoded_rows_, 0);
    encoded_.clear();
    if (options_.gzip) gzip_ = MakeGzipEncoder();
    gzip_is_flushed_ = false;
    return status_;
  }

  bool is_active() const { return is_active_; }
  bool is_open() const { return file_ != nullptr; }

  void Append(std::string_view text, bool is_row) {
    // Nothing stays within gzip, which would count as written: of a stream in such pieces that
    // costs a thousandth.
    if (IsFullWith(text)) Drain(Mode::kSync);
    if (!is_active_ || (!status_.ok() && IsFullWith(text))) {
      lost_rows_ += is_row ? 1 : 0;
      return;
    }
    pending_rows_ += is_row ? 1 : 0;
    buffer_.append(text);
  }

  void Flush() { Drain(Mode::kSync); }

  absl::Status Retry() {
    if (!is_active_) return status_;
    if (file_ == nullptr || file_->is_removed()) {
      if (!Open().ok()) return status_;
    } else if (status_.ok()) {
      return status_;
    }
    status_ = absl::OkStatus();
    Drain(Mode::kSync);
    return status_;
  }

  void Close() {
    if (!is_active_) return;
    if (!status_.ok()) Retry().IgnoreError();
    Drain(Mode::kEnd);
    is_active_ = false;
    lost_rows_ += pending_rows_ + encoded_rows_;
    pending_rows_ = encoded_rows_ = 0;
    if (file_ == nullptr) return;
    // Readers of the file must not meet half a row. (A gzip stream that was cut ends anywhere.)
    if (cut_bytes_ != 0 && !options_.gzip) file_->CutBack(cut_bytes_).IgnoreError();
    const absl::Status status = file_->Close();
    if (status_.ok() && !status.ok()) status_ = CannotWrite(path_, status);
    file_ = nullptr;
    gzip_ = nullptr;
  }

  const absl::Status& status() const { return status_; }
  uint64_t lost_rows() const { return lost_rows_; }

 private:
  bool IsFullWith(std::string_view text) const {
    return buffer_.size() + text.size() > options_.buffer_bytes && !buffer_.empty();
  }

  void Drain(Mode gzip_flush) {
    if (file_ == nullptr || !status_.ok()) return;
    const absl::Status status = options_.gzip ? DrainGzip(gzip_flush) : DrainPlain();
    if (!status.ok()) status_ = CannotWrite(path_, status);
  }

  absl::Status DrainPlain() {
    absl::Status status = Write(&header_);
    if (status.ok()) {
      status = Write(&buffer_);
      is_cut_ = !status.ok() && cut_bytes_ != 0;
    }
    // A row is a line, so those that wait can be told from those that are written.
    pending_rows_ = std::min(
        pending_rows_, static_cast<uint64_t>(std::count(buffer_.begin(), buffer_.end(), '\n')));
    return status;
  }

  absl::Status DrainGzip(Mode flush) {
    const bool has_new = !header_.empty() || !buffer_.empty();
    if (has_new || flush == Mode::kEnd || !gzip_is_flushed_) {
      header_ += buffer_;
      if (absl::Status s = gzip_->Encode(header_, flush, &encoded_); !s.ok()) return s;
      gzip_is_flushed_ = flush == Mode::kSync;
      header_.clear();
      buffer_.clear();
      encoded_rows_ += std::exchange(pending_rows_, 0);
    }
    if (absl::Status s = Write(&encoded_); !s.ok()) return s;
    encoded_rows_ = 0;
    return absl::OkStatus();
  }

  // Keeps of `*text` what was not written.
  absl::Status Write(std::string* text) {
    if (text->empty()) return absl::OkStatus();
    std::string_view left = *text;
    absl::Status status = file_->Append(&left);
    const size_t written = text->size() - left.size();
    const size_t end = written == 0 ? std::string::npos : text->rfind('\n', written - 1);
    cut_bytes_ = end == std::string::npos ? cut_bytes_ + written : written - end - 1;
    text->erase(0, written);
    return status;
  }

  // Another file cannot go on with the second half of a row.
  void DropCutRow() {
    if (is_cut_) {
      buffer_.erase(0, buffer_.find('\n') + 1);
      --pending_rows_;
      ++lost_rows_;
    }
    is_cut_ = false;
    cut_bytes_ = 0;
  }

  FileOpener& files_;
  std::string path_;
  FileWriterOptions options_;
  std::unique_ptr<AppendFile> file_;
  std::unique_ptr<StreamEncoder> gzip_;
  bool gzip_is_flushed_ = false;  // nothing came since
  std::string header_;            // what of it is to be written
  std::string buffer_;
  uint64_t cut_bytes_ = 0;     // of the row within which the file ends, as far as it is written
  bool is_cut_ = false;        // the buffer begins within a row
  uint64_t pending_rows_ = 0;  // in the buffer
  std::string encoded_;        // by gzip, and not written yet
  uint64_t encoded_rows_ = 0;  // in it
  uint64_t lost_rows_ = 0;
  bool is_active_ = true;
  absl::Status status_;
};

FileWriter::FileWriter() = default;
FileWriter::~FileWriter() { Close(); }
FileWriter::FileWriter(FileWriter&&) noexcept = default;
FileWriter& FileWriter::operator=(FileWriter&&) noexcept = default;

absl::Status FileWriter::Open(FileOpener& files, std::string path, FileWriterOptions options) {
  Close();
  impl_ = std::make_unique<Impl>(files, std::move(path), std::move(options));
  return impl_->Open();
}

bool FileWriter::is_active() const { return impl_ != nullptr && impl_->is_active(); }
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
absl::Status FileWriter::Retry() { return impl_ != nullptr ? impl_->Retry() : absl::OkStatus(); }
void FileWriter::Close() {
  if (impl_ != nullptr) impl_->Close();
}

absl::Status FileWriter::status() const {
  return impl_ != nullptr ? impl_->status() : absl::OkStatus();
}
bool FileWriter::is_well() const { return impl_ == nullptr || impl_->status().ok(); }
uint64_t FileWriter::lost_rows() const { return impl_ != nullptr ? impl_->lost_rows() : 0; }

}  // namespace tstat::internal
