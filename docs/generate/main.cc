// SPDX-License-Identifier: BSD-3-Clause
//
// Writes the generated reference pages into a docs folder:  tstat_docs path/to/docs
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "histogram/reference_page.h"
#include "l7/tcp/application_page.h"
#include "output/formats/ipfix_page.h"
#include "schema/reference_pages.h"

namespace tstat {
using namespace internal;
}  // namespace tstat

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DOCS_FOLDER\n", argv[0]);
    return 1;
  }
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "logs";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const tstat::ReferencePage& page : tstat::LogReferencePages()) {
    const std::filesystem::path path = folder / page.file_name;
    std::ofstream out(path, std::ios::binary);
    out << page.text;
    out.close();
    if (!out) {
      std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
      return 1;
    }
  }
  const std::pair<const char*, std::string> pages[] = {
      {"histograms.md", tstat::HistogramReferencePage()},
      {"ipfix.md", tstat::IpfixReferencePage()},
      {"applications.md", tstat::ApplicationReferencePage()}};
  for (const auto& [name, text] : pages) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / name;
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) {
      std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
      return 1;
    }
  }
  return 0;
}
