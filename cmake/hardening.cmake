# SPDX-License-Identifier: BSD-3-Clause
# What the compiler and the linker do against a bug that a packet might find: the parsers read strangers' bytes, and a
# process that ends is better than one that obeys. tests/install/hardening.py checks that the binary has it.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported()

option(TSTAT_HARDENING "Harden the library and the command (stack protector, FORTIFY, CET, full RELRO)" ON)
set(hardening_compile_options "")
set(hardening_link_options "")
# The sanitizers bring their own checks, which FORTIFY's would hide.
if(TSTAT_HARDENING AND NOT TSTAT_SANITIZE AND NOT TSTAT_SANITIZE_THREADS)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER "TSTAT_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      list(APPEND hardening_compile_options ${flag})
    endif()
  endforeach()
  set(hardening_link_options -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  if(TSTAT_USES_LTO)
    list(APPEND hardening_link_options ${hardening_compile_options})  # the linker compiles
  endif()
  if(TSTAT_HAS_fcf_protection)
    # The linker marks a program as fit for the shadow stack when each object is marked, and Debian 12's crt1.o is
    # not, although it only calls and returns. (For indirect branch tracking it would need an instruction more.)
    list(APPEND hardening_link_options -Wl,-z,shstk)
  endif()
  # FORTIFY needs optimisation. (_GLIBCXX_ASSERTIONS would cost 13 % more instructions; these cost 2 % in all.)
  list(APPEND hardening_compile_options
       $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
target_compile_options(tstat_flags INTERFACE ${hardening_compile_options})
target_link_options(tstat_flags INTERFACE ${hardening_link_options})
