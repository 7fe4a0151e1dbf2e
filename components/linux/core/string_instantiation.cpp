// SPDX-License-Identifier: Apache-2.0
// libc++'s header declares the out-of-line members of std::string `extern
// template`, because its library holds them. There is no library below a
// component: this file holds them. Not for programs of the host.
#include <string>

template class std::basic_string<char>;
template std::string std::operator+ <char, std::char_traits<char>, std::allocator<char>>(char const*, std::string const&);
