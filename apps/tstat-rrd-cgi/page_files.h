// SPDX-License-Identifier: BSD-3-Clause
//
// Files that each page needs beside its HTML: the style sheet, the script and an icon. The build
// puts them into the program.
#ifndef TSTAT_RRD_CGI_PAGE_FILES_H_
#define TSTAT_RRD_CGI_PAGE_FILES_H_

#include <span>
#include <string_view>

namespace tstat::viewer {

struct PageFile {
  std::string_view path;  // behind the program's own: "/style.css"
  std::string_view content_type;
  std::string_view content;
};
[[nodiscard]] std::span<const PageFile> PageFiles();

}  // namespace tstat::viewer

#endif  // TSTAT_RRD_CGI_PAGE_FILES_H_
