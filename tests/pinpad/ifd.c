/* A reader with keys for pcscd: vpcd's driver and PC/SC part 10's VERIFY_PIN_DIRECT.
 *
 * The digits that "the customer types" are the lines of the file that PINPAD_KEYS names, one entry
 * each. The block is filled as the structure says, without a look at what cardamom means by it.
 */

#include <ifdhandler.h>
#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERIFY_DIRECT SCARD_CTL_CODE(2000)

static FILE *keys;

static void word(PUCHAR to, unsigned sw, LPDWORD size)
{
    to[0] = sw >> 8;
    to[1] = sw & 0xFF;
    *size = 2;
}

static RESPONSECODE verify(DWORD lun, PUCHAR asked, DWORD size, PUCHAR back, DWORD room,
                           LPDWORD returned)
{
    char typed[32] = "";
    UCHAR command[64];
    if (size < 19 || asked[15] + 19u != size || asked[15] > sizeof command) {
        word(back, 0x6B80, returned);
        return IFD_SUCCESS;
    }
    unsigned format = asked[2], block = asked[3], length = asked[4];
    unsigned least = asked[6], most = asked[5];
    /* only what an EMV block needs: bytes, BCD, left; lengths in bits */
    if ((format & 0x87) != 0x81 || (length & 0x10) || (block >> 4) != 4) {
        word(back, 0x6B80, returned);
        return IFD_SUCCESS;
    }
    memcpy(command, asked + 19, asked[15]);
    if (!keys)
        keys = fopen(getenv("PINPAD_KEYS"), "r");
    if (!keys || !fgets(typed, sizeof typed, keys)) {
        word(back, 0x6400, returned);
        return IFD_SUCCESS;
    }
    typed[strcspn(typed, "\n")] = 0;
    size_t digits = strlen(typed);
    if (!digits || digits < least || digits > most) {
        word(back, digits ? 0x6403 : 0x6401, returned);
        return IFD_SUCCESS;
    }
    unsigned at = 5 + ((format >> 3) & 0x0F);
    for (size_t i = 0; i < digits; i++) {
        UCHAR *byte = command + at + i / 2;
        unsigned digit = typed[i] - '0';
        *byte = i % 2 ? (*byte & 0xF0) | digit : (*byte & 0x0F) | digit << 4;
    }
    unsigned bit = length & 0x0F;
    command[5 + bit / 8] |= digits << (4 - bit % 8);
    SCARD_IO_HEADER send = {1, sizeof send}, receive;
    UCHAR answer[258];
    DWORD got = sizeof answer;
    RESPONSECODE code =
        IFDHTransmitToICC(lun, send, command, asked[15], answer, &got, &receive);
    if (code != IFD_SUCCESS || got < 2 || room < 2)
        return code != IFD_SUCCESS ? code : IFD_COMMUNICATION_ERROR;
    memcpy(back, answer + got - 2, 2);
    *returned = 2;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHControl(DWORD lun, DWORD control, PUCHAR asked, DWORD size, PUCHAR back,
                         DWORD room, LPDWORD returned)
{
    *returned = 0;
    if (control == CM_IOCTL_GET_FEATURE_REQUEST && room >= 6) {
        unsigned code = VERIFY_DIRECT;
        UCHAR told[6] = {FEATURE_VERIFY_PIN_DIRECT, 4, code >> 24, code >> 16, code >> 8, code};
        memcpy(back, told, sizeof told);
        *returned = sizeof told;
        return IFD_SUCCESS;
    }
    if (control == VERIFY_DIRECT && room >= 2)
        return verify(lun, asked, size, back, room, returned);
    return IFD_ERROR_NOT_SUPPORTED;
}
