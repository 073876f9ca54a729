/* Older versions of Wine have no bcryptprimitives.dll, and Rust's std takes its random numbers from there.
 * This is its one function, by the one that Windows had for it before. For tests under Wine alone. */

#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length)
{
    return RtlGenRandom(bytes, (ULONG)length);
}
