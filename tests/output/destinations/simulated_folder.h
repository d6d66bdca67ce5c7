// SPDX-License-Identifier: BSD-3-Clause
//
// A spool's folder in memory, on a machine that dies at a chosen call: the process alone (all that
// was written stays, of the last write a part), or the whole machine (what was not synced may be
// there, in part, or not).
#ifndef TSTAT_TESTS_OUTPUT_DESTINATIONS_SIMULATED_FOLDER_H_
#define TSTAT_TESTS_OUTPUT_DESTINATIONS_SIMULATED_FOLDER_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "output/destinations/spool_folder.h"

namespace tstat::internal {

class SimulatedDisk {
 public:
  struct File {
    std::string bytes, synced;
  };

  explicit SimulatedDisk(uint32_t seed) : random_(seed) {}

  // Further calls that change something; then the machine is dead.
  void DieAfter(uint64_t calls) { calls_left_ = calls; }
  bool is_dead() const { return is_dead_; }
  uint64_t calls() const { return calls_; }
  // Bytes that can be written before "No space left on device".
  void set_free_bytes(uint64_t bytes) { free_bytes_ = bytes; }

  // The machine is there again.
  void Reboot(bool power_was_lost) {
    is_dead_ = false;
    calls_left_ = UINT64_MAX;
    if (!power_was_lost) return;
    // Each change of a name since the last sync of the folder has happened or not, in order.
    const size_t kept = Below(names_log_.size() + 1);
    names_ = synced_names_;
    for (size_t i = 0; i < kept; ++i) names_log_[i](names_);
    names_log_.clear();
    synced_names_ = names_;
    for (auto& [name, file] : names_) {
      // A part of what came after the sync: the file's length may be in between, and a page of it
      // old.
      std::string& bytes = file->bytes;
      const size_t common = std::min(bytes.size(), file->synced.size());
      if (bytes.size() > file->synced.size()) {
        bytes.resize(file->synced.size() + Below(bytes.size() - file->synced.size() + 1));
      } else if (Below(2) == 0) {
        bytes = file->synced;
      }
      if (Below(2) == 0) bytes.replace(0, common, file->synced.substr(0, common));
      file->synced = bytes;
    }
  }

  std::map<std::string, std::shared_ptr<File>>& names() { return names_; }
  std::unique_ptr<SpoolFolder> Open() { return std::make_unique<Folder>(this); }

 private:
  using Names = std::map<std::string, std::shared_ptr<File>>;

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  absl::Status Dead() const { return absl::AbortedError("the machine is dead"); }
  // Counts a call that changes something; false: it dies at this one.
  bool Lives() {
    if (is_dead_) return false;
    ++calls_;
    if (calls_left_ == 0) is_dead_ = true;
    if (!is_dead_) --calls_left_;
    return !is_dead_;
  }
  void Change(std::function<void(Names&)> change) {
    change(names_);
    names_log_.push_back(std::move(change));
  }

  class OpenFile : public SpoolFile {
   public:
    OpenFile(SimulatedDisk* disk, std::shared_ptr<File> file)
        : disk_(disk), file_(std::move(file)) {}
    absl::StatusOr<uint64_t> Size() const override {
      if (disk_->is_dead_) return disk_->Dead();
      return file_->bytes.size();
    }
    absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const override {
      if (disk_->is_dead_) return disk_->Dead();
      if (offset >= file_->bytes.size()) return std::string();
      return file_->bytes.substr(offset, size);
    }
    absl::Status WriteAt(uint64_t offset, std::string_view data) override {
      const bool was_dead = disk_->is_dead_;
      const bool lives = disk_->Lives();
      if (was_dead) return disk_->Dead();
      if (!lives) data = data.substr(0, disk_->Below(data.size() + 1));
      std::string& bytes = file_->bytes;
      const uint64_t longer = offset + data.size() - std::min(offset + data.size(), bytes.size());
      const bool fits = longer <= disk_->free_bytes_;
      if (!fits) data = data.substr(0, data.size() - (longer - disk_->free_bytes_));
      disk_->free_bytes_ -= std::min(longer, disk_->free_bytes_);
      if (bytes.size() < offset + data.size()) bytes.resize(offset + data.size());
      bytes.replace(offset, data.size(), data);
      if (!lives) return disk_->Dead();
      return fits ? absl::OkStatus() : absl::ResourceExhaustedError("No space left on device");
    }
    absl::Status Truncate(uint64_t size) override {
      if (!disk_->Lives()) return disk_->Dead();
      if (size < file_->bytes.size()) disk_->free_bytes_ += file_->bytes.size() - size;
      file_->bytes.resize(size);
      return absl::OkStatus();
    }
    absl::Status Sync() override {
      if (!disk_->Lives()) return disk_->Dead();
      file_->synced = file_->bytes;
      return absl::OkStatus();
    }

   private:
    SimulatedDisk* disk_;
    std::shared_ptr<File> file_;
  };

  class Folder : public SpoolFolder {
   public:
    explicit Folder(SimulatedDisk* disk) : disk_(disk) {}
    absl::StatusOr<std::vector<std::string>> Names() const override {
      if (disk_->is_dead_) return disk_->Dead();
      std::vector<std::string> names;
      for (const auto& [name, file] : disk_->names_) names.push_back(name);
      return names;
    }
    absl::StatusOr<std::unique_ptr<SpoolFile>> Open(const std::string& name) override {
      if (disk_->is_dead_) return disk_->Dead();
      const auto found = disk_->names_.find(name);
      if (found == disk_->names_.end()) return absl::NotFoundError("No such file or directory");
      return std::make_unique<OpenFile>(disk_, found->second);
    }
    absl::StatusOr<std::unique_ptr<SpoolFile>> Create(const std::string& name) override {
      if (!disk_->Lives()) return disk_->Dead();
      auto file = std::make_shared<File>();
      disk_->Change([=](auto& names) { names[name] = file; });
      return std::make_unique<OpenFile>(disk_, file);
    }
    absl::Status Rename(const std::string& from, const std::string& to) override {
      if (!disk_->Lives()) return disk_->Dead();
      if (!disk_->names_.contains(from)) return absl::NotFoundError("No such file or directory");
      disk_->Change([=](auto& names) {
        const auto found = names.find(from);
        if (found == names.end()) return;
        names[to] = found->second;
        names.erase(from);
      });
      return absl::OkStatus();
    }
    absl::Status Remove(const std::string& name) override {
      if (!disk_->Lives()) return disk_->Dead();
      if (!disk_->names_.contains(name)) return absl::NotFoundError("No such file or directory");
      disk_->free_bytes_ += disk_->names_[name]->bytes.size();
      disk_->Change([=](auto& names) { names.erase(name); });
      return absl::OkStatus();
    }
    absl::Status Sync() override {
      if (!disk_->Lives()) return disk_->Dead();
      disk_->synced_names_ = disk_->names_;
      disk_->names_log_.clear();
      return absl::OkStatus();
    }

   private:
    SimulatedDisk* disk_;
  };

  std::mt19937 random_;
  Names names_, synced_names_;
  std::vector<std::function<void(Names&)>> names_log_;
  uint64_t calls_left_ = UINT64_MAX, calls_ = 0;
  uint64_t free_bytes_ = uint64_t{1} << 40;
  bool is_dead_ = false;
};

}  // namespace tstat::internal

#endif  // TSTAT_TESTS_OUTPUT_DESTINATIONS_SIMULATED_FOLDER_H_
