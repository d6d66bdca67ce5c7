// SPDX-License-Identifier: BSD-3-Clause
#include "tstat-rrd-cgi/mustache.h"

#include <vector>

#include "tstat-rrd-cgi/text.h"

namespace tstat::viewer {
namespace {

using Value = nlohmann::ordered_json;
constexpr size_t kNone = std::string_view::npos;

struct Tag {
  size_t begin = 0, end = 0;  // in the text
  char kind = 0;              // '#', '^', '/', '{', or 0: a value
  std::string_view name;
};

bool FindTag(std::string_view text, size_t from, Tag& tag) {
  tag.begin = text.find("{{", from);
  if (tag.begin == kNone) return false;
  const bool raw = text.substr(tag.begin).starts_with("{{{");
  const std::string_view close = raw ? "}}}" : "}}";
  const size_t end = text.find(close, tag.begin);
  if (end == kNone) return false;
  tag.end = end + close.size();
  tag.name = Trimmed(text.substr(tag.begin + close.size(), end - tag.begin - close.size()));
  tag.kind = raw ? '{' : '\0';
  if (!raw && !tag.name.empty() && std::string_view("#^/").find(tag.name[0]) != kNone) {
    tag.kind = tag.name[0];
    tag.name = Trimmed(tag.name.substr(1));
  }
  return true;
}

bool IsNothing(const Value* value) {
  if (value == nullptr || value->is_null()) return true;
  if (value->is_boolean()) return !value->get<bool>();
  if (value->is_string()) return value->get_ref<const std::string&>().empty();
  return value->is_array() && value->empty();
}

std::string TextOf(const Value* value) {
  if (value == nullptr || value->is_null()) return "";
  if (value->is_string()) return value->get<std::string>();
  return value->dump(-1, ' ', false, Value::error_handler_t::replace);
}

class Renderer {
 public:
  explicit Renderer(const Value& values) : around_{&values} {}

  void Render(std::string_view text) {
    size_t at = 0;
    Tag tag;
    while (FindTag(text, at, tag)) {
      out_ += text.substr(at, tag.begin - at);
      at = tag.end;
      if (tag.kind == '#' || tag.kind == '^') {
        const size_t inside = at;
        const size_t close = FindClose(text, at, tag.name);
        const std::string_view part = text.substr(inside, close - inside);
        if (tag.kind == '#') {
          RenderSection(part, Find(tag.name));
        } else if (IsNothing(Find(tag.name))) {
          Render(part);
        }
      } else if (tag.kind == '{') {
        out_ += TextOf(Find(tag.name));
      } else if (tag.kind == 0) {
        out_ += EscapeHtml(TextOf(Find(tag.name)));
      }
    }
    out_ += text.substr(at);
  }

  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  // The beginning of the tag that closes the section; `at` moves behind it.
  static size_t FindClose(std::string_view text, size_t& at, std::string_view name) {
    int depth = 1;
    Tag tag;
    while (FindTag(text, at, tag)) {
      at = tag.end;
      if (tag.name != name) continue;
      if (tag.kind == '#' || tag.kind == '^') ++depth;
      if (tag.kind == '/' && --depth == 0) return tag.begin;
    }
    return at = text.size();
  }

  void RenderSection(std::string_view part, const Value* value) {
    if (IsNothing(value)) return;
    if (!value->is_array()) {
      around_.push_back(value);
      Render(part);
      around_.pop_back();
      return;
    }
    for (const Value& element : *value) {
      around_.push_back(&element);
      Render(part);
      around_.pop_back();
    }
  }

  const Value* Find(std::string_view name) const {
    if (name == ".") return around_.back();
    const std::vector<std::string_view> parts = Split(name, ".");
    for (auto values = around_.rbegin(); values != around_.rend(); ++values) {
      const Value* found = Member(*values, parts.front());
      for (size_t i = 1; found != nullptr && i < parts.size(); ++i) found = Member(found, parts[i]);
      if (found != nullptr) return found;
    }
    return nullptr;
  }

  static const Value* Member(const Value* value, std::string_view name) {
    if (value->is_array()) {
      const auto at = NumberIn<size_t>(name);
      return at && *at < value->size() ? &(*value)[*at] : nullptr;
    }
    if (!value->is_object()) return nullptr;
    const auto found = value->find(std::string(name));
    return found == value->end() ? nullptr : &*found;
  }

  std::vector<const Value*> around_;
  std::string out_;
};

}  // namespace

std::string Render(std::string_view text, const nlohmann::ordered_json& values) {
  Renderer renderer(values);
  renderer.Render(text);
  return renderer.Take();
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace tstat::viewer
