// SPDX-License-Identifier: Apache-2.0
// The usual directories and files.
#include "tools/image/base.hpp"

#include <array>
#include <string_view>

#include "tools/support/process.hpp"

namespace tessera::tools::image {
namespace {

struct Directory {
  std::string_view path;
  std::uint32_t permissions;
};

constexpr auto kDirectories = std::to_array<Directory>({
    {"/dev", 0755},      {"/etc", 0755},       {"/home", 0755},      {"/mnt", 0755},
    {"/opt", 0755},      {"/proc", 0555},     {"/root", 0700},      {"/run", 0755},       
    {"/srv", 0755},      {"/sys", 0555},      {"/tmp", 01777},      {"/usr/bin", 0755},   {"/usr/lib", 0755}, {"/usr/lib64", 0755},
    {"/usr/local/bin", 0755},                 {"/usr/local/sbin", 0755},                  {"/usr/sbin", 0755},
    {"/usr/share", 0755},                     {"/var/cache", 0755}, {"/var/lib", 0755},   {"/var/log", 0755},
    {"/var/tmp", 01777},
});

struct Link {
  std::string_view path;
  std::string_view target;
};

// As Debian has it since release 12.
constexpr auto kLinks = std::to_array<Link>({
    {"/bin", "usr/bin"}, {"/sbin", "usr/sbin"}, {"/lib", "usr/lib"}, {"/lib64", "usr/lib64"},
});

struct File {
  std::string_view path;
  std::string_view content;
};

constexpr auto kFiles = std::to_array<File>({
    {"/etc/passwd",
     "root:x:0:0:root:/root:/bin/sh\n"
     "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
     "www-data:x:33:33:www-data:/var/www:/bin/false\n"
     "nobody:x:65534:65534:nobody:/:/bin/false\n"},
    {"/etc/group", "root:x:0:\ndaemon:x:1:\ntty:x:5:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n"},
    {"/etc/profile",
     "# For login shells.\n"
     "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
     "if [ \"$(id -u)\" = 0 ]; then PS1='\\h:\\w# '; else PS1='\\h:\\w$ '; fi\n"
     "umask 022\n"},
    {"/etc/shells", "/bin/sh\n/bin/ash\n"},
    {"/etc/fstab", "# The file systems of a Tessera component come from its manifest.\n"},
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
});

}  // namespace

Result<void> add_base(Root& root, const std::string& hostname) {
  for (const Directory& one : kDirectories) TRY(root.put_directory(std::string(one.path), one.permissions));
  for (const Link& one : kLinks) TRY(root.put_link(std::string(one.path), std::string(one.target)));
  for (const File& one : kFiles) TRY(root.put_file(std::string(one.path), std::string(one.content), 0644));
  TRY(root.put_file("/etc/hostname", hostname + "\n", 0644));
  TRY(root.put_file("/etc/hosts", "127.0.0.1\tlocalhost " + hostname + "\n::1\tlocalhost\n", 0644));
  return {};
}

Result<void> add_busybox_links(Root& root, const std::string& busybox, std::string_view own) {
  const std::string list = TRY(run_program({{busybox, "--list-full"}, ""}));
  std::string_view left = list;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string own_place = "/" + std::string(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (own_place == "/" || own_place == "/linuxrc") continue;
    if (own.find(std::string(1, '\0') + name_of(own_place) + '\0') == std::string_view::npos) continue;
    for (const std::string& path : {own_place, "/bin/" + name_of(own_place)}) {
      if (!root.is_there(path)) TRY(root.put_link(path, "/bin/busybox"));
    }
  }
  return {};
}

}  // namespace tessera::tools::image
