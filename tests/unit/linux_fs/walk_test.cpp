// SPDX-License-Identifier: Apache-2.0
// Path walks through the system calls: links, "..", slashes, permissions, mounts.
#include <string>

#include "components/linux/fs/abi.hpp"
#include "tests/unit/linux_fs/calls.hpp"
#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/tests.hpp"

using namespace tessera::lx;
using fake::call;
using fake::equal;

namespace {

constexpr std::int64_t kENOENT = -2, kEACCES = -13, kEEXIST = -17, kENOTDIR = -20, kEISDIR = -21, kEINVAL = -22,
                       kELOOP = -40, kEFAULT = -14, kENAMETOOLONG = -36, kEBUSY = -16, kEROFS = -30, kEPERM = -1;

std::int64_t stat_mode(const char* path) {
  abi::Stat stat{};
  std::int64_t done = call(sys_stat, path, &stat);
  return done < 0 ? done : stat.mode;
}

std::string cwd() {
  std::array<char, 4096> buffer{};
  std::int64_t length = call(sys_getcwd, buffer.data(), buffer.size());
  return length < 0 ? std::to_string(length) : std::string(buffer.data());
}

void links() {
  equal(stat_mode("/bin/ls"), 0100755);
  equal(stat_mode("/bin/../bin/./sh"), 0100755);
  equal(stat_mode("//bin///"), 040755);
  equal(stat_mode("/bin/sh/"), kENOTDIR);
  equal(stat_mode("/bin/sh/x"), kENOTDIR);
  equal(stat_mode("/bin/none"), kENOENT);
  equal(stat_mode(""), kENOENT);
  equal(stat_mode("/../../bin"), 040755);
  abi::Stat stat{};
  equal(call(sys_lstat, "/bin/ls", &stat), 0);
  equal(stat.mode, 0120777);
  equal(stat.size, 7);
  equal(call(sys_stat, "/bin/sh", &stat), 0);
  equal(static_cast<std::int64_t>(stat.links), 2);
  equal(call(sys_stat, nullptr, &stat), kEFAULT);
  equal(call(sys_stat, "/bin/sh", nullptr), kEFAULT);
  equal(call(sys_stat, std::string("/").append(256, 'x').c_str(), &stat), kENAMETOOLONG);
  equal(call(sys_stat, std::string(5000, '/').c_str(), &stat), kENAMETOOLONG);

  equal(call(sys_symlink, "loop2", "/tmp/loop1"), 0);
  equal(call(sys_symlink, "loop1", "/tmp/loop2"), 0);
  equal(stat_mode("/tmp/loop1"), kELOOP);
  equal(call(sys_open, "/tmp/loop1", 0, 0), kELOOP);
  equal(call(sys_symlink, "/bin/", "/tmp/tobin"), 0);
  equal(stat_mode("/tmp/tobin/sh"), 0100755);
  equal(call(sys_open, "/tmp/tobin", kOpenNoFollow, 0), kELOOP);
  // A chain of 40 links is followed, one of 41 is not.
  equal(call(sys_symlink, "/bin", "/tmp/c1"), 0);
  for (int i = 2; i <= 41; ++i)
    equal(call(sys_symlink, ("c" + std::to_string(i - 1)).c_str(), ("/tmp/c" + std::to_string(i)).c_str()), 0);
  equal(stat_mode("/tmp/c40"), 040755);
  equal(stat_mode("/tmp/c41"), kELOOP);
  // O_CREAT through a dangling link makes what it points to; with O_EXCL it does not.
  equal(call(sys_symlink, "made", "/tmp/dangling"), 0);
  equal(call(sys_open, "/tmp/dangling", kOpenCreate | kOpenExclusive | kOpenWriteOnly, 0644), kEEXIST);
  std::int64_t fd = call(sys_open, "/tmp/dangling", kOpenCreate | kOpenWriteOnly, 0644);
  fake::check(fd >= 0);
  call(sys_close, fd);
  equal(stat_mode("/tmp/made"), 0100644);
  equal(call(sys_mkdir, "/tmp/dangling2/", 0755), 0);
  equal(call(sys_open, "/tmp/new/", kOpenCreate | kOpenWriteOnly, 0644), kEISDIR);
  equal(call(sys_open, "/tmp", kOpenWriteOnly, 0), kEISDIR);
  equal(call(sys_open, "/tmp/made", kOpenDirectory, 0), kENOTDIR);
  std::array<char, 3> target{};
  equal(call(sys_readlink, "/bin/ls", target.data(), target.size()), 3);
  equal(std::string_view(target.data(), 3), "bus");
  equal(call(sys_readlink, "/bin/sh", target.data(), target.size()), kEINVAL);
}

void working_directory() {
  equal(cwd(), "/");
  equal(call(sys_chdir, "/tmp"), 0);
  equal(cwd(), "/tmp");
  equal(call(sys_mkdir, "deep", 0755), 0);
  equal(call(sys_chdir, "deep"), 0);
  equal(call(sys_rename, "/tmp/deep", "/tmp/moved"), 0);
  equal(cwd(), "/tmp/moved");
  equal(call(sys_rmdir, "/tmp/moved"), 0);
  equal(cwd(), "-2");
  equal(call(sys_open, "x", kOpenCreate | kOpenWriteOnly, 0644), kENOENT);
  equal(call(sys_chdir, ".."), 0);
  equal(cwd(), "/tmp");
  equal(call(sys_chdir, "/bin/sh"), kENOTDIR);
  std::array<char, 4> small{};
  equal(call(sys_getcwd, small.data(), small.size()), -34);
  equal(call(sys_chdir, "/"), 0);
  // A deep tree with somebody at its end, renamed at its top.
  call(sys_mkdir, "/tmp/pit", 0755);
  call(sys_chdir, "/tmp/pit");
  for (int i = 0; i < 1000; ++i) {
    call(sys_mkdir, "d", 0755);
    equal(call(sys_chdir, "d"), 0);
  }
  call(sys_chdir, "/");
  equal(call(sys_rename, "/tmp/pit/d", "/tmp/pit/e"), 0);
}

void permissions() {
  Credentials& who = fake::world().credentials;
  equal(call(sys_mkdir, "/tmp/private", 0700), 0);
  equal(call(sys_mkdir, "/tmp/private/in", 0777), 0);
  who.uid = who.euid = who.fsuid = 1000;
  who.gid = who.egid = who.fsgid = 1000;
  equal(stat_mode("/tmp/private/in"), kEACCES);
  equal(call(sys_open, "/etc/shadow", 0, 0), kEACCES);
  equal(call(sys_open, "/etc/passwd", kOpenWriteOnly, 0), kEACCES);
  equal(call(sys_open, "/etc/new", kOpenCreate | kOpenWriteOnly, 0644), kEACCES);
  equal(call(sys_access, "/etc/shadow", 4), kEACCES);
  equal(call(sys_access, "/etc/passwd", 4), 0);
  equal(call(sys_chmod, "/etc/passwd", 0777), kEPERM);
  equal(call(sys_chown, "/etc/passwd", 1000, 1000), kEPERM);
  equal(call(sys_mknod, "/tmp/dev", 020666, 0x103), kEPERM);
  // Sticky: what another made in /tmp stays.
  equal(call(sys_unlink, "/tmp/made"), kEPERM);
  std::int64_t fd = call(sys_open, "/tmp/mine", kOpenCreate | kOpenWriteOnly, 0444);
  fake::check(fd >= 0);  // though the mode forbids writing
  call(sys_close, fd);
  equal(call(sys_unlink, "/tmp/mine"), 0);
  who.groups = {42};
  who = Credentials{};
  equal(call(sys_access, "/etc/passwd", 1), kEACCES);  // root, but nobody may execute it
  equal(call(sys_umask, 077), 022);
  equal(call(sys_mkdir, "/tmp/masked", 0777), 0);
  equal(stat_mode("/tmp/masked"), 040700);
  call(sys_umask, 022);
}

void mounts() {
  equal(call(sys_mkdir, "/tmp/m", 0755), 0);
  equal(call(sys_mount, "none", "/tmp/m", "tmpfs", 0, "size=8k,mode=755"), 0);
  equal(call(sys_rmdir, "/tmp/m"), kEBUSY);
  std::int64_t fd = call(sys_open, "/tmp/m/file", kOpenCreate | kOpenReadWrite, 0644);
  std::string data(3 * 4096, 'x');
  equal(call(sys_write, fd, data.data(), data.size()), 8192);
  equal(call(sys_write, fd, data.data(), data.size()), -28);
  abi::StatFs facts{};
  equal(call(sys_statfs, "/tmp/m", &facts), 0);
  equal(static_cast<std::int64_t>(facts.free_blocks), 0);
  equal(call(sys_umount2, "/tmp/m", 0), kEBUSY);
  equal(call(sys_rename, "/tmp/m/file", "/tmp/file"), -18);
  equal(call(sys_link, "/tmp/m/file", "/tmp/file"), -18);
  call(sys_close, fd);
  equal(call(sys_mount, "none", "/tmp/m", "tmpfs", 32 | 1, ""), 0);
  equal(call(sys_open, "/tmp/m/other", kOpenCreate | kOpenReadWrite, 0644), kEROFS);
  equal(call(sys_open, "/tmp/m/file", kOpenReadWrite, 0644), kEROFS);
  equal(stat_mode("/tmp/m/../m/file"), 0100644);
  equal(call(sys_umount2, "/tmp/m", 0), 0);
  equal(stat_mode("/tmp/m/file"), kENOENT);
  equal(call(sys_umount2, "/tmp/m", 0), kEINVAL);
  equal(call(sys_mount, "none", "/tmp/m", "nofs", 0, ""), -19);
  equal(call(sys_mount, "/bin", "/tmp/m", nullptr, 4096, nullptr), 0);
  equal(stat_mode("/tmp/m/sh"), 0100755);
  equal(call(sys_umount2, "/tmp/m", 0), 0);
}

void chrooted() {
  Ref<FsContext> before = fake::world().fs->copy();
  equal(call(sys_chroot, "/bin"), 0);
  equal(call(sys_chdir, "/"), 0);
  equal(stat_mode("/sh"), 0100755);
  equal(stat_mode("/../../sh"), 0100755);
  equal(cwd(), "/");
  fake::world().fs = before;
}

}  // namespace

void walk_tests() {
  links();
  working_directory();
  permissions();
  mounts();
  chrooted();
}
