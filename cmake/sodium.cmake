# SPDX-License-Identifier: Apache-2.0
# libsodium's Ed25519 and SHA-512, as C sources: Debian's package, of just this content. Fetched by apt when the build tree
# is configured for the first time, kept in the cache, and never part of the repository.
set(TESSERA_SODIUM_HASH d59323c6b712a1519a5daf710b68f5e7fde57040845ffec53850911f10a5d4f4)  # libsodium_1.0.18.orig.tar.gz
set(TESSERA_CACHE ${CMAKE_BINARY_DIR}/cache CACHE PATH "where what was fetched is kept")
set(TESSERA_SODIUM ${CMAKE_BINARY_DIR}/libsodium/src/libsodium)

if(NOT EXISTS ${TESSERA_SODIUM}/crypto_sign/ed25519/ref10/open.c)
  file(MAKE_DIRECTORY ${TESSERA_CACHE})
  execute_process(RESULT_VARIABLE failed
    COMMAND ${CMAKE_COMMAND} -E env PACKAGE_CACHE=${TESSERA_CACHE} ${CMAKE_SOURCE_DIR}/cmake/fetch-source.sh libsodium ${CMAKE_BINARY_DIR}/libsodium)
  if(failed)
    message(FATAL_ERROR "the source of libsodium, which checks the signatures of drivers, could not be fetched: the first build needs Debian's archive")
  endif()
endif()
file(GLOB archive ${TESSERA_CACHE}/sources/libsodium/libsodium_*.orig.tar.gz)
if(archive)
  file(SHA256 ${archive} hash)
  if(NOT hash STREQUAL TESSERA_SODIUM_HASH)
    file(REMOVE_RECURSE ${CMAKE_BINARY_DIR}/libsodium)
    message(FATAL_ERROR "${archive} is not the libsodium that this was written for: its SHA-256 is ${hash}")
  endif()
endif()

set(TESSERA_SODIUM_CHECKS ${TESSERA_SODIUM}/crypto_sign/ed25519/ref10/open.c ${TESSERA_SODIUM}/crypto_sign/ed25519/ref10/sign.c
  ${TESSERA_SODIUM}/crypto_core/ed25519/ref10/ed25519_ref10.c ${TESSERA_SODIUM}/crypto_hash/sha512/cp/hash_sha512_cp.c
  ${TESSERA_SODIUM}/crypto_verify/sodium/verify.c)

# tessera_sodium(TARGET sources... OPTIONS options...): a library of these, with the C compiler's options of where it is to run.
function(tessera_sodium target)
  cmake_parse_arguments(sodium "" "" "OPTIONS" ${ARGN})
  add_library(${target} STATIC ${sodium_UNPARSED_ARGUMENTS})
  target_compile_options(${target} PRIVATE ${sodium_OPTIONS} -w)
  # What its configure would find on both architectures.
  target_compile_definitions(${target} PRIVATE CONFIGURED=1 HAVE_TI_MODE=1 NATIVE_LITTLE_ENDIAN=1)
  target_include_directories(${target} PRIVATE ${TESSERA_SODIUM}/include/sodium ${TESSERA_SODIUM}/crypto_sign/ed25519/ref10)
  target_include_directories(${target} SYSTEM PUBLIC ${TESSERA_SODIUM}/include)
endfunction()
